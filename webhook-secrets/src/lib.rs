#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod endpoints;
#[cfg(feature = "metrics")]
mod metrics;
mod reload;
mod rotating;

pub use endpoints::Endpoints;
pub use reload::{Reload, ReloadError, ReloadErrorKind};
pub use rotating::{Handle, Rotating};
pub use webhook_core::{Endpoint, Lookup, LookupFuture};
