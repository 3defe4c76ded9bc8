//! The one place that every outcome passes.

use std::error::Error as _;
use std::io::Write as _;
use std::sync::{Arc, Once};

use tracing::Span;
use tracing::field::Empty;

#[cfg(feature = "metrics")]
use super::metrics::Meter;
use super::outcome::Outcome;
use super::sampler::{Sampler, Severity};
use super::settings::Settings;
use super::system;
use crate::chain::Chain;
use crate::delivery::Delivery;
use crate::endpoint::Endpoint;
use crate::error::SetupError;
use crate::rejection::{Rejection, RejectionKind};

/// Observes one request, from its endpoint to its outcome: as a span and an event of `tracing`, and as metrics with the
/// feature `metrics`.
///
/// The span is called `webhook`, has the level INFO, and these fields:
///
/// | field | content |
/// |---|---|
/// | `provider` | the provider; empty or absent if the endpoint is unknown |
/// | `endpoint` | the id of the [`Endpoint`], if the request has one |
/// | `key` | the [index](Delivery::key_index) of the secret that matched |
/// | `outcome` | the [label](Outcome::label) of the outcome |
#[cfg_attr(feature = "metrics", doc = include_str!("../../docs/metrics.md"))]
#[derive(Debug)]
pub struct Observation {
    provider: &'static str,
    endpoint: Option<Arc<str>>,
    span: Span,
    has_ended: bool,
    #[cfg(feature = "metrics")]
    meter: Meter,
}

impl Observation {
    /// Begins when the endpoint of the request is known, or at once if the settings verify all requests alike. A
    /// request without an endpoint has `None`.
    pub fn begin(settings: &Settings, endpoint: Option<&Endpoint>) -> Self {
        Self::new(
            settings.verify(endpoint).provider(),
            endpoint.and_then(Endpoint::shared_id).cloned(),
        )
    }

    /// Begins a request whose verifier is not known: its endpoint is being looked up, or there is none.
    pub fn unverified() -> Self {
        Self::new("", None)
    }

    /// Notes what the lookup has found.
    pub fn found(&mut self, settings: &Settings, endpoint: Option<&Endpoint>) {
        self.provider = settings.verify(endpoint).provider();
        self.endpoint = endpoint.and_then(Endpoint::shared_id).cloned();
        self.span.record("provider", self.provider);
        self.span.record("endpoint", self.endpoint.as_deref());
        #[cfg(feature = "metrics")]
        self.meter.found();
    }

    fn new(provider: &'static str, endpoint: Option<Arc<str>>) -> Self {
        // A disabled span still costs 200 instructions where `tracing` also writes to `log`.
        let span = if tracing::dispatcher::has_been_set() {
            let endpoint = endpoint.as_deref();
            let provider = Some(provider).filter(|provider| !provider.is_empty());
            tracing::info_span!("webhook", provider, endpoint, key = Empty, outcome = Empty)
        } else {
            Span::none()
        };
        Self {
            provider,
            endpoint,
            span,
            has_ended: false,
            #[cfg(feature = "metrics")]
            meter: Meter::start(),
        }
    }

    /// Returns the provider's name.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// Notes that the body has arrived and was verified.
    pub fn verified(&mut self, delivery: &Delivery) {
        self.span.record("key", delivery.key_index());
        #[cfg(feature = "metrics")]
        self.meter.verified(delivery);
    }

    /// Notes that the handler begins, and returns the [span](Self::span).
    pub fn handling(&mut self) -> &Span {
        #[cfg(feature = "metrics")]
        self.meter.handling();
        &self.span
    }

    /// Returns the span, in which the handler runs.
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// Records what became of the request. Call it once. A request that was dropped before, because its client went away
    /// or its handler panicked, was [abandoned](Outcome::Abandoned).
    ///
    /// `path` is the request's path without its query, which may carry tokens. A [`SetupError`] also goes to
    /// standard error, once per process, if nothing subscribes to `tracing`: a silent 500 would leave its author
    /// without a clue.
    pub fn end(&mut self, path: &str, outcome: &Outcome) {
        self.has_ended = true;
        self.span.record("outcome", outcome.label());
        #[cfg(feature = "metrics")]
        self.meter.end(self.provider, self.endpoint.as_ref(), outcome);
        let _inside = self.span.enter();
        let (provider, endpoint) = (self.provider, self.endpoint.as_deref());
        match outcome {
            Outcome::Accepted => tracing::debug!(provider, endpoint, path, "webhook accepted"),
            Outcome::Duplicate => tracing::info!(provider, endpoint, path, "duplicate webhook"),
            Outcome::Handshake => tracing::info!(provider, endpoint, path, "webhook handshake"),
            Outcome::Abandoned => tracing::info!(provider, endpoint, "webhook abandoned"),
            Outcome::Rejected(rejection) => rejected(provider, endpoint, path, rejection),
        }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end("", &Outcome::Abandoned);
        }
    }
}

fn rejected(provider: &str, endpoint: Option<&str>, path: &str, rejection: &Rejection) {
    static WARNINGS: Sampler = Sampler::new();
    let (kind, status, reason) = (rejection.kind(), rejection.status(), rejection.label());
    let cause = rejection.source().map(Chain).map(tracing::field::display);
    match Severity::of(kind) {
        Severity::Error => {
            tracing::error!(provider, endpoint, path, status, reason, cause, "webhook rejected");
        }
        Severity::Warning => match WARNINGS.admit(system::elapsed()) {
            Some(left_out) => tracing::warn!(
                provider,
                endpoint,
                path,
                status,
                reason,
                cause,
                left_out,
                "webhook rejected"
            ),
            None => {
                tracing::debug!(
                    provider,
                    endpoint,
                    path,
                    status,
                    reason,
                    cause,
                    "webhook rejected"
                );
            }
        },
        Severity::Info => {
            tracing::info!(provider, endpoint, path, status, reason, cause, "webhook rejected");
        }
    }
    if kind == RejectionKind::NotConfigured {
        tell_once(path, rejection);
    }
}

/// Says what is wrong with the set-up where nobody listens to the logs.
fn tell_once(path: &str, rejection: &Rejection) {
    static TOLD: Once = Once::new();
    if tracing::dispatcher::has_been_set() {
        return;
    }
    let mistake = rejection.source().and_then(|source| source.downcast_ref::<SetupError>());
    TOLD.call_once(|| {
        let text = mistake.map_or_else(|| rejection.to_string(), ToString::to_string);
        let mut stderr = std::io::stderr().lock();
        // Without standard error there is nobody to tell.
        _ = writeln!(
            stderr,
            "webhook: {path:?} answered 500: {text}\n\
             webhook: this is said once; install a `tracing` subscriber to see every such error"
        );
    });
}
