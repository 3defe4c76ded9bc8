#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod config;
mod extract;
#[cfg(feature = "idempotency")]
pub mod idempotency;
mod log;
mod middleware;
mod read;
mod reject;

#[doc(inline)]
pub use webhook_core::*;

pub use config::VerifyWebhook;
pub use extract::Verified;
#[cfg(feature = "idempotency")]
pub use idempotency::Deduplicate;
pub use middleware::VerifyMiddleware;
pub use reject::VerifiedRejection;

/// The repository's examples, run here, where both adapters are at hand.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
