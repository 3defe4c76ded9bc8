use std::error::Error;
use std::fmt;

/// Why a request is not authentic. Says nothing of what was sent or expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    kind: VerifyErrorKind,
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// The signature header is missing.
    MissingSignature,
    /// The signature header is repeated, malformed, or of another scheme.
    MalformedSignature,
    /// The timestamp is missing, repeated or malformed.
    InvalidTimestamp,
    /// The timestamp lies outside the tolerance, in the past or in the future.
    TimestampOutsideTolerance,
    /// The delivery id is repeated or malformed, or missing although it is signed.
    InvalidDeliveryId,
    /// No signature in the request was made with a secret that is known for it.
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
    /// For hand-written [`Verify`](crate::Verify)s.
    pub const fn new(kind: VerifyErrorKind) -> Self {
        Self { kind }
    }

    /// What is wrong.
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
