#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "metrics")]
mod metrics;
mod reload;
mod rotating;

pub use reload::{Reload, ReloadError, ReloadErrorKind};
pub use rotating::{Handle, Rotating};
