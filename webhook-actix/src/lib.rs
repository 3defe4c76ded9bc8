#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod custom;
#[cfg(feature = "idempotency")]
mod deduplicate;
mod received;
mod rejection;
#[cfg(feature = "testing")]
pub mod testing;
mod verify;

/// Secrets of many endpoints, and secrets that change while the service runs.
pub mod secrets {
    #[doc(inline)]
    pub use webhook_core::{Endpoint, Lookup, LookupFuture};
    #[cfg(feature = "secrets")]
    #[doc(inline)]
    pub use webhook_secrets::{Endpoints, Handle, Reload, ReloadError, ReloadErrorKind, Rotating};
}

/// Where deliveries are claimed.
#[cfg(feature = "idempotency")]
pub mod idempotency {
    #[doc(inline)]
    pub use webhook_idempotency::*;
}

#[cfg(feature = "idempotency")]
pub use deduplicate::Deduplicate;
pub use received::Received;
pub use rejection::VerifiedRejection;
pub use verify::{Verified, VerifyWebhook};

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
