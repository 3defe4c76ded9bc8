use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{SetupError, VerifyError, VerifyErrorKind};

type Source = Arc<dyn Error + Send + Sync>;

/// The reason why a request did not reach its handler. Every adapter answers it with the same status and
/// text.
///
/// `Display` prints the text that the sender receives. `source` returns the cause, which belongs in logs
/// only.
#[derive(Debug, Clone)]
pub struct Rejection {
    kind: RejectionKind,
    provider: &'static str,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

/// The kind of a [`Rejection`]: what is wrong with a request, or with the service that received it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The request is not authentic.
    Verify(VerifyErrorKind),
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The body did not arrive completely within the timeout.
    BodyTimeout,
    /// The body ended early or was malformed.
    BodyUnreadable,
    /// The bodies in progress would exceed the memory limit of the service.
    Overloaded,
    /// A dependency of the service failed.
    Unavailable,
    /// The endpoint of the request could not be looked up.
    LookupFailed,
    /// The same delivery is being handled by another request.
    InFlight,
    /// The handler exceeded its timeout.
    HandlerTimedOut,
    /// The handler panicked.
    HandlerPanicked,
    /// The body is authentic but has a `Content-Encoding`, and the handler reads only plain bodies.
    UnsupportedEncoding,
    /// The body is authentic but does not match the type that the handler reads.
    NotUnderstood,
    /// The service is configured wrongly. The source is a [`SetupError`] with the details.
    NotConfigured,
}

impl RejectionKind {
    /// Returns the HTTP status of the response.
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
            | Self::LookupFailed
            | Self::InFlight
            | Self::HandlerTimedOut => 503,
            Self::UnsupportedEncoding => 415,
            Self::NotUnderstood => 422,
            Self::NotConfigured | Self::HandlerPanicked => 500,
        }
    }

    /// Returns the text of the response.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Verify(kind) => kind.text(),
            Self::BodyTooLarge => "body too large",
            Self::BodyTimeout => "body timed out",
            Self::BodyUnreadable => "body could not be read",
            Self::Overloaded
            | Self::Unavailable
            | Self::LookupFailed
            | Self::InFlight
            | Self::HandlerTimedOut => "temporarily unavailable",
            Self::HandlerPanicked => "internal error",
            Self::UnsupportedEncoding => "unsupported content encoding",
            Self::NotUnderstood => "payload not understood",
            Self::NotConfigured => "webhook verification is not configured",
        }
    }
}

impl RejectionKind {
    /// Returns a stable name for metrics and dashboards, such as `"missing_signature"`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Verify(kind) => kind.label(),
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTimeout => "body_timeout",
            Self::BodyUnreadable => "body_unreadable",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::LookupFailed => "lookup_failed",
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
    /// Creates a rejection without a cause.
    pub const fn new(kind: RejectionKind) -> Self {
        Self { kind, provider: "", retry_after: None, source: None }
    }

    /// Sets the provider of the request.
    #[must_use]
    pub const fn of(mut self, provider: &'static str) -> Self {
        self.provider = provider;
        self
    }

    /// Asks the sender to retry after this time, which is rounded up to seconds.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// Keeps the cause for logs. The response never contains it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// Returns the kind of the rejection.
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// Returns the provider of the request; empty if nothing verifies requests there.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// Returns a stable name of the [kind](Self::kind) for metrics and dashboards.
    pub const fn label(&self) -> &'static str {
        self.kind.label()
    }

    /// Returns the HTTP status of the response.
    pub const fn status(&self) -> u16 {
        self.kind.status()
    }

    /// Returns how long the sender is asked to wait before it retries, if it is.
    pub const fn retry_delay(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the body of the response: `{"error": "invalid signature"}`.
    pub fn to_json(&self) -> String {
        // The texts are constants of this file that need no escaping.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Dashboards are built on them.
    #[test]
    fn labels_are_stable() {
        for (kind, label) in [
            (RejectionKind::Verify(VerifyErrorKind::MissingSignature), "missing_signature"),
            (RejectionKind::Verify(VerifyErrorKind::MalformedSignature), "malformed_signature"),
            (RejectionKind::Verify(VerifyErrorKind::InvalidSignature), "invalid_signature"),
            (RejectionKind::Verify(VerifyErrorKind::InvalidTimestamp), "invalid_timestamp"),
            (
                RejectionKind::Verify(VerifyErrorKind::TimestampOutsideTolerance),
                "timestamp_outside_tolerance",
            ),
            (RejectionKind::Verify(VerifyErrorKind::InvalidDeliveryId), "invalid_delivery_id"),
            (RejectionKind::BodyTooLarge, "body_too_large"),
            (RejectionKind::BodyTimeout, "body_timeout"),
            (RejectionKind::BodyUnreadable, "body_unreadable"),
            (RejectionKind::Overloaded, "overloaded"),
            (RejectionKind::Unavailable, "unavailable"),
            (RejectionKind::LookupFailed, "lookup_failed"),
            (RejectionKind::InFlight, "in_flight"),
            (RejectionKind::HandlerTimedOut, "handler_timed_out"),
            (RejectionKind::HandlerPanicked, "handler_panicked"),
            (RejectionKind::UnsupportedEncoding, "unsupported_encoding"),
            (RejectionKind::NotUnderstood, "not_understood"),
            (RejectionKind::NotConfigured, "not_configured"),
        ] {
            assert_eq!(Rejection::new(kind).label(), label);
        }
    }

    #[test]
    fn a_rejection_names_its_provider_once_that_is_known() {
        let rejection = Rejection::new(RejectionKind::Overloaded);
        assert_eq!(rejection.provider(), "");
        assert_eq!(rejection.of("voisnap").provider(), "voisnap");
    }
}
