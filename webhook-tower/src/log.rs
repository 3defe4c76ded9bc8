use std::error::Error as _;

use webhook_core::Rejection;
use webhook_core::adapter::{Chain, Sampler, Severity};

use crate::clock;

/// Logs a rejection.
pub(crate) fn rejected(rejection: &Rejection, provider: &str) {
    static WARNINGS: Sampler = Sampler::new();
    let (kind, status) = (rejection.kind(), rejection.status());
    let cause = rejection.source().map(Chain).map(tracing::field::display);
    match Severity::of(kind) {
        Severity::Error => tracing::error!(provider, status, ?kind, cause, "webhook rejected"),
        Severity::Warning => {
            if let Some(left_out) = WARNINGS.admit(clock::elapsed()) {
                tracing::warn!(provider, status, ?kind, cause, left_out, "webhook rejected");
            }
        }
        Severity::Info => tracing::info!(provider, status, ?kind, cause, "webhook rejected"),
    }
}
