use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io};

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

/// Why a secret cannot be used. Names the variable or file it came from, never the secret.
#[derive(Debug)]
pub struct SecretError {
    kind: SecretErrorKind,
    place: Cow<'static, str>,
    source: Option<io::Error>,
}

/// What is wrong with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretErrorKind {
    /// The environment variable is not set.
    NotSet,
    /// The file could not be read.
    Unreadable,
    /// The variable or file is not valid UTF-8.
    NotText,
    /// The secret is empty, or nothing is left once its prefix is dropped.
    Empty,
    /// White space stands before or after the secret: most often a copying mistake.
    Padded,
    /// The secret is not in the encoding that the provider uses.
    Undecodable,
    /// More secrets than [`MAX_SECRETS`](crate::MAX_SECRETS).
    TooMany,
    /// The previous secret is the current one, or another that was given before.
    Repeated,
}

impl SecretError {
    /// For hand-written secrets, so that they fail like the others.
    pub const fn new(kind: SecretErrorKind) -> Self {
        Self { kind, place: Cow::Borrowed("secret"), source: None }
    }

    /// What is wrong.
    pub const fn kind(&self) -> SecretErrorKind {
        self.kind
    }

    /// Says whose secret it is, or from which variable or file it was read.
    #[must_use]
    pub fn named(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.place = place.into();
        self
    }

    pub(crate) fn caused_by(mut self, source: io::Error) -> Self {
        self.source = Some(source);
        self
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            SecretErrorKind::NotSet => "is not set",
            SecretErrorKind::Unreadable => "cannot be read",
            SecretErrorKind::NotText => "is not valid UTF-8",
            SecretErrorKind::Empty => "is empty",
            SecretErrorKind::Padded => "begins or ends with white space",
            SecretErrorKind::Undecodable => "is not in the encoding that the provider uses",
            SecretErrorKind::TooMany => "is one more than can be checked at a time",
            SecretErrorKind::Repeated => {
                "is the same as another: remove it, and add it again once the current one has changed"
            }
        };
        write!(f, "{} {what}", self.place)
    }
}

impl Error for SecretError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
