//! The one place that every outcome passes.

use std::error::Error as _;
use std::io::Write as _;
use std::sync::Once;

use super::outcome::Outcome;
use super::sampler::{Sampler, Severity};
use super::system;
use crate::chain::Chain;
use crate::error::SetupError;
use crate::rejection::{Rejection, RejectionKind};

/// Records what became of a request: as an event of `tracing`.
///
/// `path` is the request's path without its query, which may carry tokens. A [`SetupError`] also goes to
/// standard error, once per process, if nothing subscribes to `tracing`: a silent 500 would leave its author
/// without a clue.
pub fn observe(provider: &str, path: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Accepted => tracing::debug!(provider, path, "webhook accepted"),
        Outcome::Duplicate => tracing::info!(provider, path, "duplicate webhook"),
        Outcome::Handshake => tracing::info!(provider, path, "webhook handshake"),
        Outcome::Rejected(rejection) => rejected(provider, path, rejection),
    }
}

fn rejected(provider: &str, path: &str, rejection: &Rejection) {
    static WARNINGS: Sampler = Sampler::new();
    let (kind, status, reason) = (rejection.kind(), rejection.status(), rejection.label());
    let cause = rejection.source().map(Chain).map(tracing::field::display);
    match Severity::of(kind) {
        Severity::Error => {
            tracing::error!(provider, path, status, reason, cause, "webhook rejected");
        }
        Severity::Warning => {
            if let Some(left_out) = WARNINGS.admit(system::elapsed()) {
                tracing::warn!(provider, path, status, reason, cause, left_out, "webhook rejected");
            }
        }
        Severity::Info => {
            tracing::info!(provider, path, status, reason, cause, "webhook rejected");
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
