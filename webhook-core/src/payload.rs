//! The types that a verified body can be read as.

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::error::SetupError;
use crate::provider::Provider;
use crate::rejection::{Rejection, RejectionKind};
#[cfg(feature = "serde")]
use crate::unread::Unread;

/// A type that a handler reads a verified body as.
///
/// It is read from the bytes in the [`Delivery`], so no framework extractor, limit or decompression comes in
/// between. [`Bytes`] is the raw body, `String` is UTF-8 text, [`Json`] reads any type that implements
/// `serde::Deserialize`, and a provider's `Event` reads that provider's events.
///
/// A type of your own is read as `Json<MyType>`, and the compiler says so (for axum's handlers with
/// `#[axum::debug_handler]`):
///
/// ```compile_fail,E0277
/// struct MyType;
///
/// fn reads<T: webhook_core::Payload>() {}
///
/// reads::<MyType>();
/// ```
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
    /// [`RejectionKind::UnsupportedEncoding`] if the body has a `Content-Encoding`, and
    /// [`RejectionKind::NotUnderstood`] if the body does not match this type.
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection>;
}

impl Delivery {
    /// Returns an error unless the delivery belongs to provider `P`. Call it in a [`Payload`] of your own that reads
    /// only one provider's deliveries.
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

    /// Returns the body of a request without a `Content-Encoding`.
    ///
    /// An encoded body is refused: the signed bytes are not the content that you would read.
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

/// The raw body, encoded or not.
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

/// A verified body, read as JSON.
///
/// The `Content-Type` is ignored, because the signature covers only the body.
#[cfg(feature = "serde")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

#[cfg(feature = "serde")]
impl<T: serde::de::DeserializeOwned> Payload for Json<T> {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        read_json(delivery.plain_body()?).map(Self)
    }
}

/// Reads a value and nothing behind it. The error names the field, and no value.
#[cfg(feature = "serde")]
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Unread::at(error.path(), error.inner()))
        .and_then(|value| match json.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(Unread::from(&error)),
        })
        .map_err(|unread| Rejection::new(RejectionKind::NotUnderstood).caused_by(unread))
}
