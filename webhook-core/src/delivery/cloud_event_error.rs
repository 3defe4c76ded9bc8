use std::error::Error;
use std::fmt;

use crate::unread::Unread;

/// The reason why a record cannot be used.
#[derive(Debug)]
pub struct CloudEventError {
    kind: CloudEventErrorKind,
    source: Option<Unread>,
}

/// The kind of a [`CloudEventError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloudEventErrorKind {
    /// The record, or this attribute, is malformed.
    Malformed(&'static str),
    /// The `specversion` is not 1.0.
    UnknownVersion,
    /// This attribute is missing or empty.
    Missing(&'static str),
    /// The record does not say that the delivery was verified.
    NotVerified,
    /// The record belongs to another provider.
    OtherProvider,
}

impl CloudEventError {
    /// Returns the kind of the error.
    pub const fn kind(&self) -> CloudEventErrorKind {
        self.kind
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
    pub(super) fn malformed(error: serde_json::Error) -> Self {
        Self { kind: CloudEventErrorKind::Malformed("record"), source: Some(Unread::from(&error)) }
    }
}

impl From<CloudEventErrorKind> for CloudEventError {
    fn from(kind: CloudEventErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl fmt::Display for CloudEventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CloudEventErrorKind::Malformed(what) => write!(f, "the {what} is malformed"),
            CloudEventErrorKind::UnknownVersion => f.write_str("not a CloudEvent 1.0"),
            CloudEventErrorKind::Missing(name) => write!(f, "{name} is missing"),
            CloudEventErrorKind::NotVerified => {
                f.write_str("the record does not say that it was verified")
            }
            CloudEventErrorKind::OtherProvider => f.write_str("a record of another provider"),
        }
    }
}

impl Error for CloudEventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
