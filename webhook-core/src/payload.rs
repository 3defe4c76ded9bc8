//! What verified bytes are read as.

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::error::SetupError;
use crate::provider::Provider;
use crate::rejection::{Rejection, RejectionKind};
#[cfg(feature = "serde")]
use crate::unread::Unread;

/// What a handler reads a verified body as.
///
/// Reads the bytes kept with the [`Delivery`], so no framework extractor, limit or decompression comes
/// between. [`Bytes`] are the body as it came; `String` is UTF-8 text; [`Json`] is anything that `serde`
/// reads; a provider's `Event` knows that provider's documents.
#[diagnostic::on_unimplemented(
    message = "a verified body cannot be read as `{Self}`",
    label = "try `Json<{Self}>`",
    note = "`Json<{Self}>` reads any type that implements `serde::Deserialize` (feature `serde`)",
    note = "`Bytes` and `String` read the body as it is, and the providers' `Event` types (feature \
            `events`) read their own"
)]
pub trait Payload: Sized {
    /// Reads the delivery's body.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::UnsupportedEncoding`] if the body came encoded, and
    /// [`RejectionKind::NotUnderstood`] if it is not what this type reads.
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection>;
}

impl Delivery {
    /// Refuses the delivery unless it is of provider `P`. For a [`Payload`] of your own, which should not be read
    /// from another provider's delivery.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::NotConfigured`]: the handler is on another provider's route.
    pub fn require_provider<P: Provider>(&self) -> Result<(), Rejection> {
        let (reads, verified) = (P::NAME, self.provider());
        if reads == verified {
            return Ok(());
        }
        Err(SetupError::OtherProvider { reads, verified }.into())
    }

    /// The body, unless it came with a `Content-Encoding`: then what was signed is not what it means.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::UnsupportedEncoding`].
    pub fn plain_body(&self) -> Result<&Bytes, Rejection> {
        if self.is_encoded() {
            return Err(RejectionKind::UnsupportedEncoding.into());
        }
        Ok(self.body())
    }
}

/// The body as it came, encoded or not.
impl Payload for Bytes {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        Ok(delivery.body().clone())
    }
}

impl Payload for String {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        let text = std::str::from_utf8(delivery.plain_body()?);
        text.map(str::to_owned)
            .map_err(|error| Rejection::new(RejectionKind::NotUnderstood).caused_by(error))
    }
}

/// A verified body read as JSON. Whatever the content type says: the signature vouches for the body
/// only.
#[cfg(feature = "serde")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

#[cfg(feature = "serde")]
impl<T: serde::de::DeserializeOwned> Payload for Json<T> {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        let mut json = serde_json::Deserializer::from_slice(delivery.plain_body()?);
        serde_path_to_error::deserialize(&mut json)
            .map_err(|error| Unread::at(error.path(), error.inner()))
            .and_then(|value| match json.end() {
                Ok(()) => Ok(Self(value)),
                Err(error) => Err(Unread::from(&error)),
            })
            .map_err(|unread| Rejection::new(RejectionKind::NotUnderstood).caused_by(unread))
    }
}
