//! Voisnap: hex HMAC-SHA256 of `{timestamp}.{body}` in `X-Webhook-Signature: sha256=<hex>`.
//!
//! `X-Webhook-Timestamp` holds the seconds; it may be 300 s off. `X-Webhook-Delivery-Id` is the same when
//! a delivery is sent again, but it is not signed: whoever replays a captured request can change it.
//! Voisnap waits 5 s for a 2xx. The secret is used as text, `whsec_` included.
//!
//! Source: Voisnap's documentation, "Handle Webhooks", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Voisnap, as a type.
#[derive(Debug)]
pub enum Voisnap {}

impl SchemeProvider for Voisnap {
    const SCHEME: Scheme = Scheme::new("voisnap", "x-webhook-signature")
        .prefix("sha256=")
        .timestamp("x-webhook-timestamp")
        .delivery_id("x-webhook-delivery-id")
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body]);
}

impl SignsTime for Voisnap {}

/// The webhook's secret, `whsec_…`, as text.
pub type Secret = crate::Key<Voisnap>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Voisnap>("Voisnap")
    .credential("webhook secret (`whsec_...`)", "the Console, Webhooks")
    .answered_within(5);

#[cfg(feature = "events")]
pub use events::{AgentError, AnalysisCompleted, Data, Event, SessionEnded};

#[cfg(feature = "events")]
mod events;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str =
        r#"{"type":"SessionEnded","data":{"conversationId":"conv_1","durationSeconds":61}}"#;
    /// Ours: the value that the Python handler in Voisnap's documentation expects.
    const SIGNATURE: &str =
        "sha256=fafb2b35d2c81db5819829dc85e87727f4082f2649dfa7be666597bb617b753e";
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    fn secret() -> Secret {
        Secret::new("whsec_your_secret").unwrap()
    }

    fn headers(timestamp: &str) -> [(&str, &str); 3] {
        [
            ("X-Webhook-Signature", SIGNATURE),
            ("X-Webhook-Timestamp", timestamp),
            ("X-Webhook-Delivery-Id", "dlv_1"),
        ]
    }

    #[test]
    fn the_documents_signature_is_accepted() {
        let delivery = verified(&secret(), &headers("1700000000"), BODY, NOW);
        assert_eq!(delivery.id(), Some("dlv_1"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.signed_at(), Some(NOW));
    }

    #[test]
    fn the_text_of_the_timestamp_is_what_is_signed() {
        // The same second, written otherwise.
        assert_eq!(
            refused(&secret(), &headers("01700000000"), BODY, NOW),
            VerifyErrorKind::InvalidTimestamp
        );
    }

    #[test]
    fn the_time_may_be_300_seconds_off() {
        let stale = VerifyErrorKind::TimestampOutsideTolerance;
        for now in [1_700_000_300, 1_699_999_700] {
            verified(&secret(), &headers("1700000000"), BODY, UnixTime::from_secs(now));
        }
        for now in [1_700_000_301, 1_699_999_699] {
            let now = UnixTime::from_secs(now);
            assert_eq!(refused(&secret(), &headers("1700000000"), BODY, now), stale);
        }
        let patient = secret().with_tolerance(std::time::Duration::from_secs(600));
        verified(&patient, &headers("1700000000"), BODY, UnixTime::from_secs(1_700_000_600));
    }
}
