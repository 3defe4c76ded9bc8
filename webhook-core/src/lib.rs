#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod adapter;
mod answer;
mod chain;
mod clock;
mod delivery;
mod endpoint;
mod error;
#[cfg(feature = "events")]
mod event;
#[cfg(feature = "explain")]
pub mod explain;
mod few;
mod form;
#[cfg(feature = "serde")]
mod handshake;
mod headers;
#[cfg(feature = "serde")]
mod jws;
mod key;
mod keys;
mod payload;
mod provider;
pub mod providers;
mod registry;
mod rejection;
mod scheme;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;
#[cfg(feature = "serde")]
mod unread;
mod verify;

pub use bytes::Bytes;

pub use answer::Answer;
pub use clock::Clock;
#[cfg(feature = "cloudevents")]
pub use delivery::{CloudEvent, CloudEventError, CloudEventErrorKind};
pub use delivery::{Delivery, Fingerprint};
pub use endpoint::{Endpoint, Lookup, LookupFuture};
pub use error::{
    SecretError, SecretErrorKind, SetupError, SignError, SignErrorKind, VerifyError,
    VerifyErrorKind,
};
#[cfg(feature = "events")]
pub use event::TypedEvent;
pub use headers::{Found, Head, Headers, Repeated};
pub use key::Key;
pub use keys::{Algorithm, Encoding, KeyFormat, SecretText};
#[cfg(feature = "_public-key")]
pub use keys::{FetchedKey, KeySource};
#[cfg(feature = "serde")]
pub use payload::Json;
pub use payload::Payload;
pub use provider::{Provider, SchemeProvider, SignsTime, SignsUrl};
pub use rejection::{Rejection, RejectionKind};
pub use scheme::{Outgoing, Part, PublicUrl, Scheme, SignedHeaders, Verifier};
pub use timestamp::{TimestampUnit, UnixTime};
pub use verify::{AnyOf, Check, Checked, Verification, Verify};
