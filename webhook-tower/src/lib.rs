// The README's example is an axum app.
#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "A tower layer that lets only authentic webhooks through."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "axum")]
pub mod axum;
pub mod custom;
#[cfg(feature = "idempotency")]
mod deduplicate;
mod received;
mod respond;
#[cfg(feature = "testing")]
pub mod testing;
/// Secrets of many endpoints, and secrets that change while the service runs.
pub mod secrets {
    #[doc(inline)]
    pub use webhook_core::{Endpoint, Lookup, LookupFuture};
    #[cfg(feature = "secrets")]
    #[doc(inline)]
    pub use webhook_secrets::{Endpoints, Handle, Reload, ReloadError, ReloadErrorKind, Rotating};
}

pub mod verify;

/// Where deliveries are claimed, and the service behind [`Deduplicate`].
#[cfg(feature = "idempotency")]
pub mod idempotency {
    #[doc(inline)]
    pub use webhook_idempotency::*;

    pub use crate::deduplicate::{DeduplicateFuture, DeduplicateService};
}

#[cfg(feature = "idempotency")]
pub use deduplicate::Deduplicate;
pub use received::Received;
#[doc(inline)]
pub use verify::VerifyWebhook;

#[cfg(feature = "cloudevents")]
#[doc(inline)]
pub use webhook_core::CloudEvent;
#[cfg(feature = "serde")]
#[doc(inline)]
pub use webhook_core::Json;
#[doc(inline)]
pub use webhook_core::{
    Bytes, Delivery, Payload, Rejection, RejectionKind, SecretError, UnixTime, Verify, providers,
};
