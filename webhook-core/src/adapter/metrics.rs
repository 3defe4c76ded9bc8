//! The metrics, for the recorder that the service has installed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::{SharedString, Unit, counter, describe_counter, describe_histogram, histogram};

use super::outcome::Outcome;
use crate::delivery::Delivery;

const DELIVERIES: &str = "webhook_deliveries_total";
const SIGNING_KEY: &str = "webhook_signing_key_total";
const BODY_BYTES: &str = "webhook_body_bytes";
const BODY_READ: &str = "webhook_body_read_seconds";
const HANDLER: &str = "webhook_handler_seconds";

/// Gives the metrics their descriptions and units.
pub(super) fn describe() {
    describe_counter!(DELIVERIES, Unit::Count, "Requests by their outcome.");
    describe_counter!(SIGNING_KEY, Unit::Count, "Verified deliveries by the secret that matched.");
    describe_histogram!(BODY_BYTES, Unit::Bytes, "The length of verified bodies.");
    describe_histogram!(BODY_READ, Unit::Seconds, "The time in which a verified body arrived.");
    describe_histogram!(HANDLER, Unit::Seconds, "The time from the verification to the response.");
}

/// Measures one request.
#[derive(Debug)]
pub(super) struct Meter {
    start: Instant,
    verified: Option<Verified>,
    handling: Option<Instant>,
}

#[derive(Debug)]
struct Verified {
    bytes: usize,
    key: usize,
    after: Duration,
}

impl Meter {
    pub(super) fn start() -> Self {
        Self { start: Instant::now(), verified: None, handling: None }
    }

    /// The head is judged, and the body is read, from now on.
    pub(super) fn found(&mut self) {
        self.start = Instant::now();
    }

    pub(super) fn verified(&mut self, delivery: &Delivery) {
        let (bytes, key, after) =
            (delivery.body().len(), delivery.key_index(), self.start.elapsed());
        self.verified = Some(Verified { bytes, key, after });
    }

    pub(super) fn handling(&mut self) {
        self.handling = Some(Instant::now());
    }

    pub(super) fn end(
        &self,
        provider: &'static str,
        endpoint: Option<&Arc<str>>,
        outcome: &Outcome,
    ) {
        let endpoint =
            || endpoint.map_or(SharedString::const_str(""), |id| SharedString::from(id.clone()));
        counter!(
            DELIVERIES, "provider" => provider, "endpoint" => endpoint(), "outcome" => outcome.label()
        )
        .increment(1);
        if let Some(Verified { bytes, key, after }) = &self.verified {
            counter!(
                SIGNING_KEY, "provider" => provider, "endpoint" => endpoint(), "key" => key.to_string()
            )
            .increment(1);
            #[expect(clippy::cast_precision_loss, reason = "no body has 2^53 bytes")]
            histogram!(BODY_BYTES, "provider" => provider).record(*bytes as f64);
            histogram!(BODY_READ, "provider" => provider).record(after.as_secs_f64());
        }
        if let Some(handling) = self.handling {
            histogram!(HANDLER, "provider" => provider).record(handling.elapsed().as_secs_f64());
        }
    }
}
