use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::error::{VerifyError, VerifyErrorKind};

type Source = Arc<dyn Error + Send + Sync>;

/// Why a request did not reach its handler: the same status and text in every adapter.
///
/// Its `Display` is the text that the sender gets; the cause, for logs, is its `source`.
#[derive(Debug, Clone)]
pub struct Rejection {
    kind: RejectionKind,
    source: Option<Source>,
}

/// What is wrong with a request, or with the service that received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The request is not authentic.
    Verify(VerifyErrorKind),
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The body was not whole within the time allowed.
    BodyTimeout,
    /// The body broke off or was malformed.
    BodyUnreadable,
    /// More is being received than the service set aside memory for.
    Overloaded,
    /// Something that the service depends on failed.
    Unavailable,
    /// The same delivery is being handled.
    InFlight,
    /// The handler took longer than it may.
    HandlerTimedOut,
    /// The handler panicked.
    HandlerPanicked,
    /// The body is authentic but encoded, and the handler reads only plain ones.
    UnsupportedEncoding,
    /// The body is authentic but not what the handler reads.
    NotUnderstood,
    /// The service is set up wrongly: no verification before the handler, another provider's, or two.
    NotConfigured,
}

impl RejectionKind {
    /// The status that the request is answered with.
    pub const fn status(self) -> u16 {
        match self {
            Self::Verify(
                VerifyErrorKind::MissingSignature
                | VerifyErrorKind::MalformedSignature
                | VerifyErrorKind::InvalidSignature,
            ) => 401,
            Self::Verify(
                VerifyErrorKind::InvalidTimestamp
                | VerifyErrorKind::TimestampOutsideTolerance
                | VerifyErrorKind::InvalidDeliveryId,
            )
            | Self::BodyUnreadable => 400,
            Self::BodyTooLarge => 413,
            Self::BodyTimeout => 408,
            Self::Overloaded | Self::Unavailable | Self::InFlight | Self::HandlerTimedOut => 503,
            Self::UnsupportedEncoding => 415,
            Self::NotUnderstood => 422,
            Self::NotConfigured | Self::HandlerPanicked => 500,
        }
    }

    /// The text that the request is answered with.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Verify(kind) => kind.text(),
            Self::BodyTooLarge => "body too large",
            Self::BodyTimeout => "body timed out",
            Self::BodyUnreadable => "body could not be read",
            Self::Overloaded | Self::Unavailable | Self::InFlight | Self::HandlerTimedOut => {
                "temporarily unavailable"
            }
            Self::HandlerPanicked => "internal error",
            Self::UnsupportedEncoding => "unsupported content encoding",
            Self::NotUnderstood => "payload not understood",
            Self::NotConfigured => "webhook verification is not configured",
        }
    }
}

impl Rejection {
    /// A rejection without a further cause.
    pub const fn new(kind: RejectionKind) -> Self {
        Self { kind, source: None }
    }

    /// Keeps the cause for logs. The sender never sees it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// What is wrong.
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status that the request is answered with.
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The body that the request is answered with: `{"error": "invalid signature"}`.
    pub fn to_json(&self) -> String {
        // The texts are ours, and none needs escaping.
        format!(r#"{{"error": "{}"}}"#, self.kind.text())
    }
}

impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self::new(kind)
    }
}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        Self::new(RejectionKind::Verify(error.kind()))
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.text())
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
