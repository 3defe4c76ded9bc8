// The README's example is an axum app.
#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "A tower layer that lets only authentic webhooks through."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
pub mod axum;
mod body;
mod clock;
mod deadline;
mod future;
#[cfg(feature = "idempotency")]
pub mod idempotency;
mod layer;
mod log;
mod read;
mod respond;
mod service;

#[doc(inline)]
pub use webhook_core::*;

pub use body::{ResponseBody, VerifiedBody};
pub use future::ResponseFuture;
#[cfg(feature = "idempotency")]
pub use idempotency::Deduplicate;
pub use layer::VerifyWebhook;
pub use service::VerifyService;
