#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod adapter;
mod chain;
#[cfg(feature = "cloudevents")]
mod cloud_event;
mod delivery;
mod encoding;
mod engine;
mod error;
#[cfg(feature = "events")]
mod event;
mod few;
mod headers;
mod mac;
mod payload;
pub mod providers;
mod rejection;
mod scheme;
mod secret;
mod sign;
mod signature;
mod timestamp;
mod verify;

pub use bytes::Bytes;

#[cfg(feature = "cloudevents")]
pub use cloud_event::{CloudEvent, CloudEventError, CloudEventErrorKind};
pub use delivery::{Delivery, Fingerprint};
pub use encoding::{Encoding, KeyFormat};
pub use error::{SecretError, SecretErrorKind, VerifyError, VerifyErrorKind};
#[cfg(feature = "events")]
pub use event::TypedEvent;
pub use headers::{Found, Head, Headers, Repeated};
pub use mac::Algorithm;
#[cfg(feature = "serde")]
pub use payload::Json;
pub use payload::Payload;
pub use rejection::{Rejection, RejectionKind};
pub use scheme::{Part, Scheme};
pub use secret::{MAX_SECRETS, Provider, Secret, SignsTime};
pub use signature::MAX_SIGNATURES;
pub use timestamp::{TimestampUnit, UnixTime};
pub use verify::{Check, Verification, Verify};
