//! The metrics, for the recorder that the service has installed.

use metrics::{
    SharedString, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use webhook_core::UnixTime;

use crate::store::{Accepted, Backlog, Outcome};

const ACCEPTED: &str = "webhook_inbox_accepted_total";
const ATTEMPTS: &str = "webhook_inbox_attempts_total";
const DONE: &str = "webhook_inbox_done_seconds";
const DELIVERIES: &str = "webhook_inbox_deliveries";
const OLDEST: &str = "webhook_inbox_oldest_seconds";

/// The states whose deliveries are counted.
const STATES: [&str; 6] = ["waiting", "held", "failed", "running", "given_up", "rejected"];

/// Gives the metrics their descriptions and units.
pub(crate) fn describe() {
    describe_counter!(ACCEPTED, Unit::Count, "Deliveries that were stored, and duplicates.");
    describe_counter!(ATTEMPTS, Unit::Count, "Attempts by their outcome.");
    describe_histogram!(
        DONE,
        Unit::Seconds,
        "The time from the acceptance to the end of the work."
    );
    describe_gauge!(DELIVERIES, Unit::Count, "Deliveries by their state, each up to 10,000.");
    describe_gauge!(OLDEST, Unit::Seconds, "How long the oldest delivery has waited that is due.");
}

pub(crate) fn accepted(endpoint: &str, accepted: Accepted) {
    let outcome = match accepted {
        Accepted::New(_) => "new",
        Accepted::Duplicate(_) => "duplicate",
    };
    counter!(ACCEPTED, "endpoint" => SharedString::from(endpoint.to_owned()), "outcome" => outcome)
        .increment(1);
}

/// `None` is work that was noted as done in a transaction.
pub(crate) fn attempted(
    endpoint: &str,
    outcome: Option<&Outcome>,
    received: UnixTime,
    ended: UnixTime,
) {
    let endpoint = SharedString::from(endpoint.to_owned());
    let label = match outcome {
        None | Some(Outcome::Done) => "done",
        Some(Outcome::Retry { .. }) => "failed",
        Some(Outcome::GivenUp { .. }) => "given_up",
    };
    if label == "done" {
        let took = ended.as_millis().saturating_sub(received.as_millis());
        let took = std::time::Duration::from_millis(took);
        histogram!(DONE, "endpoint" => endpoint.clone()).record(took);
    }
    counter!(ATTEMPTS, "endpoint" => endpoint, "outcome" => label).increment(1);
}

/// Sets the gauges: to NaN if nothing is known, since an old value would look like a good one.
pub(crate) fn backlog(backlog: Option<&Backlog>, now: UnixTime) {
    let Some(backlog) = backlog else {
        for state in STATES {
            gauge!(DELIVERIES, "state" => state).set(f64::NAN);
        }
        gauge!(OLDEST).set(f64::NAN);
        return;
    };
    let counts = backlog.counts;
    let counts = [
        counts.waiting,
        counts.held,
        counts.failed,
        counts.running,
        counts.given_up,
        counts.rejected,
    ];
    for (state, count) in STATES.into_iter().zip(counts) {
        // Counts are at most 10,000.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        gauge!(DELIVERIES, "state" => state).set(count);
    }
    let waits =
        backlog.oldest.map_or(0, |oldest| now.as_millis().saturating_sub(oldest.as_millis()));
    gauge!(OLDEST).set(std::time::Duration::from_millis(waits).as_secs_f64());
}
