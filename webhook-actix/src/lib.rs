#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod extract;
mod middleware;
mod read;
mod reject;

#[doc(inline)]
pub use webhook_core::*;

pub use config::VerifyWebhook;
pub use extract::Verified;
pub use middleware::VerifyMiddleware;
pub use reject::VerifiedRejection;

/// The repository's examples, run here, where both adapters are at hand.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
