use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{SetupError, VerifyError, VerifyErrorKind};

type Source = Arc<dyn Error + Send + Sync>;

/// Why a request did not reach its handler: the same status and text in every adapter.
///
/// Its `Display` is the text that the sender gets; the cause, for logs, is its `source`.
#[derive(Debug, Clone)]
pub struct Rejection {
    kind: RejectionKind,
    provider: &'static str,
    retry_after: Option<Duration>,
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
    /// The service is set up wrongly. The source is a [`SetupError`], which says how.
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
            Self::Verify(VerifyErrorKind::KeyUnavailable)
            | Self::Overloaded
            | Self::Unavailable
            | Self::InFlight
            | Self::HandlerTimedOut => 503,
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

impl RejectionKind {
    /// A stable name for metrics and dashboards: `"missing_signature"`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Verify(kind) => kind.label(),
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTimeout => "body_timeout",
            Self::BodyUnreadable => "body_unreadable",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::InFlight => "in_flight",
            Self::HandlerTimedOut => "handler_timed_out",
            Self::HandlerPanicked => "handler_panicked",
            Self::UnsupportedEncoding => "unsupported_encoding",
            Self::NotUnderstood => "not_understood",
            Self::NotConfigured => "not_configured",
        }
    }
}

impl Rejection {
    /// A rejection without a further cause.
    pub const fn new(kind: RejectionKind) -> Self {
        Self { kind, provider: "", retry_after: None, source: None }
    }

    /// Says whose request it was.
    #[must_use]
    pub const fn of(mut self, provider: &'static str) -> Self {
        self.provider = provider;
        self
    }

    /// Asks the sender to come back after this time, rounded up to seconds.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
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

    /// The provider whose request it was; empty if nothing verifies requests there.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// A stable name of the [kind](Self::kind) for metrics and dashboards.
    pub const fn label(&self) -> &'static str {
        self.kind.label()
    }

    /// The status that the request is answered with.
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }

    /// How long the sender is asked to wait, if it is.
    pub const fn retry_delay(&self) -> Option<Duration> {
        self.retry_after
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

impl From<SetupError> for Rejection {
    fn from(error: SetupError) -> Self {
        Self::new(RejectionKind::NotConfigured).caused_by(error)
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
