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
    .credential("webhook secret (`whsec_...`)", "the Console, Webhooks");

#[cfg(feature = "events")]
pub use events::{AgentError, AnalysisCompleted, Data, Event, SessionEnded};

#[cfg(feature = "events")]
mod events {
    use serde::Deserialize;
    use serde_json::Value;

    use super::Voisnap;
    use crate::delivery::Delivery;
    use crate::event::{TypedEvent, lenient, member};

    /// An event about a conversation.
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    pub struct Event {
        /// The event's type, such as `SessionEnded`.
        pub name: String,
        /// The agent that it concerns, where the event says so.
        pub agent_id: Option<String>,
        /// What happened.
        pub data: Data,
        /// The whole body.
        pub json: Value,
    }

    /// What happened in a conversation. The documentation shows no payloads, only what its handlers read.
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    pub enum Data {
        /// `SessionStarted`.
        #[non_exhaustive]
        SessionStarted {},
        /// `SessionEnded`.
        SessionEnded(SessionEnded),
        /// `AnalysisCompleted`.
        AnalysisCompleted(AnalysisCompleted),
        /// `TransferInitiated`.
        #[non_exhaustive]
        TransferInitiated {},
        /// `Error`: the agent failed.
        Error(AgentError),
        /// A name or a shape that the documentation does not show: see [`Event::json`].
        Other,
    }

    /// A conversation that has ended.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[non_exhaustive]
    pub struct SessionEnded {
        /// The conversation's id; its other events carry it too.
        #[serde(default, deserialize_with = "lenient")]
        pub conversation_id: Option<String>,
        /// How long it took, in seconds.
        #[serde(default, deserialize_with = "lenient")]
        pub duration_seconds: Option<f64>,
        /// What it cost; the documentation does not say in which form.
        #[serde(default, deserialize_with = "lenient")]
        pub cost: Option<Value>,
        /// Why it ended.
        #[serde(default, deserialize_with = "lenient")]
        pub end_reason: Option<String>,
    }

    /// A conversation that was analysed.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[non_exhaustive]
    pub struct AnalysisCompleted {
        /// The conversation's id; its other events carry it too.
        #[serde(default, deserialize_with = "lenient")]
        pub conversation_id: Option<String>,
        /// The mood, in a word.
        #[serde(default, deserialize_with = "lenient")]
        pub sentiment: Option<String>,
        /// The mood, as a number.
        #[serde(default, deserialize_with = "lenient")]
        pub sentiment_score: Option<f64>,
        /// What the caller wanted.
        #[serde(default, deserialize_with = "lenient")]
        pub intent: Option<String>,
        /// What was said, in short.
        #[serde(default, deserialize_with = "lenient")]
        pub summary: Option<String>,
        /// The account's own fields, such as `resolution_status`.
        #[serde(default, deserialize_with = "lenient")]
        pub custom_fields: Option<serde_json::Map<String, Value>>,
    }

    /// An agent that failed.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[non_exhaustive]
    pub struct AgentError {
        /// The conversation's id; its other events carry it too.
        #[serde(default, deserialize_with = "lenient")]
        pub conversation_id: Option<String>,
        /// For programs; the documentation does not say in which form.
        #[serde(default, deserialize_with = "lenient")]
        pub error_code: Option<Value>,
        /// For people.
        #[serde(default, deserialize_with = "lenient")]
        pub error_message: Option<String>,
        /// Whether the agent went on. Absent counts as no in the documentation.
        #[serde(default, deserialize_with = "lenient")]
        pub recoverable: Option<bool>,
    }

    impl TypedEvent for Event {
        type Provider = Voisnap;

        fn from_json(json: Value, _: &Delivery) -> Option<Self> {
            let name: String = member(&json, "type")?;
            let data = match &*name {
                "SessionStarted" => Some(Data::SessionStarted {}),
                "SessionEnded" => member(&json, "data").map(Data::SessionEnded),
                "AnalysisCompleted" => member(&json, "data").map(Data::AnalysisCompleted),
                "TransferInitiated" => Some(Data::TransferInitiated {}),
                "Error" => member(&json, "data").map(Data::Error),
                _ => None,
            };
            let data = data.unwrap_or(Data::Other);
            Some(Self { name, agent_id: member(&json, "agentId"), data, json })
        }
    }
}

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

    #[cfg(feature = "events")]
    #[test]
    fn events_hold_what_the_documents_handlers_read() {
        use crate::providers::test::event;

        let ended: Event = event::<Voisnap, _>(
            r#"{"type":"SessionEnded","agentId":"agent_1","data":{"conversationId":"conv_1",
                "durationSeconds":61,"cost":"0.10","endReason":"hangup","new":1}}"#,
            &[],
        )
        .unwrap();
        assert_eq!(ended.agent_id.as_deref(), Some("agent_1"));
        let Data::SessionEnded(data) = &ended.data else { panic!("{ended:?}") };
        assert_eq!(data.conversation_id.as_deref(), Some("conv_1"));
        assert_eq!(data.duration_seconds, Some(61.0));
        assert_eq!(data.cost, Some("0.10".into()));

        let analysed: Event = event::<Voisnap, _>(
            r#"{"type":"AnalysisCompleted","data":{"sentiment":"positive","sentimentScore":"high",
                "customFields":{"resolution_status":"solved"}}}"#,
            &[],
        )
        .unwrap();
        let Data::AnalysisCompleted(data) = &analysed.data else { panic!("{analysed:?}") };
        assert_eq!(data.sentiment.as_deref(), Some("positive"));
        assert_eq!(data.sentiment_score, None, "of another type than the others, which stay");
        assert_eq!(data.custom_fields.as_ref().unwrap()["resolution_status"], "solved");

        let failed: Event = event::<Voisnap, _>(
            r#"{"type":"Error","data":{"errorCode":"E1","errorMessage":"x","recoverable":true}}"#,
            &[],
        )
        .unwrap();
        let Data::Error(data) = &failed.data else { panic!("{failed:?}") };
        assert_eq!((data.recoverable, &data.error_code), (Some(true), &Some("E1".into())));
    }

    #[cfg(feature = "events")]
    #[test]
    fn names_without_a_documented_payload_are_known() {
        use crate::providers::test::event;

        for (name, data) in [
            ("SessionStarted", Data::SessionStarted {}),
            ("TransferInitiated", Data::TransferInitiated {}),
            ("SessionPaused", Data::Other),
            ("SessionEnded", Data::Other),
        ] {
            let body = format!(r#"{{"type":"{name}"}}"#);
            assert_eq!(event::<Voisnap, Event>(&body, &[]).unwrap().data, data, "{name}");
        }
    }
}
