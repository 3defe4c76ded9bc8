use std::error::Error;
use std::fmt;

/// The reason why a request is not authentic.
///
/// The text contains nothing of what was sent or expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    kind: VerifyErrorKind,
}

/// The kind of a [`VerifyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// The signature header is missing.
    MissingSignature,
    /// The signature header is repeated, malformed, or belongs to another scheme.
    MalformedSignature,
    /// The timestamp is missing, repeated or malformed.
    InvalidTimestamp,
    /// The timestamp is outside the tolerance, in the past or in the future.
    TimestampOutsideTolerance,
    /// The delivery id is repeated, malformed, or missing although it is signed.
    InvalidDeliveryId,
    /// No signature in the request matches any of the configured secrets.
    InvalidSignature,
    /// The provider's key that the request names has not been fetched yet. The sender is asked to come again.
    KeyUnavailable,
}

impl VerifyErrorKind {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::MissingSignature => "missing signature",
            Self::MalformedSignature => "malformed signature",
            Self::InvalidTimestamp => "invalid timestamp",
            Self::TimestampOutsideTolerance => "timestamp outside tolerance",
            Self::InvalidDeliveryId => "invalid delivery id",
            Self::InvalidSignature => "invalid signature",
            Self::KeyUnavailable => "temporarily unavailable",
        }
    }
}

impl VerifyErrorKind {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::MissingSignature => "missing_signature",
            Self::MalformedSignature => "malformed_signature",
            Self::InvalidTimestamp => "invalid_timestamp",
            Self::TimestampOutsideTolerance => "timestamp_outside_tolerance",
            Self::InvalidDeliveryId => "invalid_delivery_id",
            Self::InvalidSignature => "invalid_signature",
            Self::KeyUnavailable => "key_unavailable",
        }
    }
}

impl VerifyError {
    /// Creates an error for a hand-written [`Verify`](crate::Verify).
    pub const fn new(kind: VerifyErrorKind) -> Self {
        Self { kind }
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> VerifyErrorKind {
        self.kind
    }
}

impl From<VerifyErrorKind> for VerifyError {
    fn from(kind: VerifyErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())
    }
}

impl Error for VerifyError {}
