//! What verified bytes are read as.

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::rejection::{Rejection, RejectionKind};

/// What a handler reads a verified body as.
///
/// Reads the bytes kept with the [`Delivery`], so no framework extractor, limit or decompression comes
/// between. [`Bytes`] are the body as it came; `String` is UTF-8 text; [`Json`] is anything that `serde`
/// reads; a provider's `Event` knows that provider's documents.
#[diagnostic::on_unimplemented(
    message = "a verified body cannot be read as `{Self}`",
    note = "read it as `Bytes`, `String`, `Json<{Self}>` (feature `serde`) or a provider's `Event`"
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
        serde_json::from_slice(delivery.plain_body()?).map(Self).map_err(|error| {
            Rejection::new(RejectionKind::NotUnderstood).caused_by(Unread::from(&error))
        })
    }
}

/// Where and in what way JSON was not what was asked for. `serde_json` says it with what it found, which
/// is the sender's data and none of the logs' business.
#[cfg(feature = "serde")]
#[derive(Debug)]
pub(crate) struct Unread {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
}

#[cfg(feature = "serde")]
impl From<&serde_json::Error> for Unread {
    fn from(error: &serde_json::Error) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column() }
    }
}

#[cfg(feature = "serde")]
impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use serde_json::error::Category;

        let what = match self.category {
            Category::Data => "JSON of another shape",
            Category::Eof => "JSON that breaks off",
            Category::Io | Category::Syntax => "no JSON",
        };
        write!(f, "{what} at line {} column {}", self.line, self.column)
    }
}

#[cfg(feature = "serde")]
impl std::error::Error for Unread {}
