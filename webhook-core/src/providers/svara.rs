//! Svara: hex HMAC-SHA256 of the body in `X-Svara-Signature: <hex>`.
//!
//! Nothing but the body is signed; its `timestamp` is part of it, and there is no delivery id. Several
//! events share `data.id`, the voice note's. Svara waits 10 s for a 200 and sends again up to five times,
//! after 1 s, 5 s, 30 s, 2 min and 10 min.
//!
//! Source: Svara's documentation, "Webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Svara, as a type.
#[derive(Debug)]
pub enum Svara {}

impl SchemeProvider for Svara {
    const SCHEME: Scheme = Scheme::new("svara", "x-svara-signature");
}

/// The webhook secret of the dashboard, as text.
pub type Secret = crate::Key<Svara>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Svara>("Svara")
    .credential("webhook secret", "the dashboard, Settings, Webhooks")
    .retries("5 times: after 1 s, 5 s, 30 s, 2 min and 10 min");

#[cfg(feature = "events")]
pub use events::{Data, Event, Failure, VoiceNoteDelivered, VoiceNoteFailed, VoiceNoteSent};

/// When the event happened, by its signed body. To refuse deliveries that are too old.
#[cfg(feature = "events")]
pub fn body_time(delivery: &crate::Delivery) -> Option<crate::UnixTime> {
    crate::event::timestamp(delivery)
}

#[cfg(feature = "events")]
mod events {
    use jiff::Timestamp;
    use serde::Deserialize;
    use serde_json::Value;

    use super::Svara;
    use crate::delivery::Delivery;
    use crate::event::{TypedEvent, lenient, member};

    /// An event about a voice note.
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    pub struct Event {
        /// The event's name, such as `voice_note.sent`.
        pub name: String,
        /// When it happened.
        pub timestamp: Option<Timestamp>,
        /// What happened.
        pub data: Data,
        /// The whole body.
        pub json: Value,
    }

    /// What happened to a voice note.
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    pub enum Data {
        /// `voice_note.sent`: delivered to the platform.
        VoiceNoteSent(VoiceNoteSent),
        /// `voice_note.delivered`: received or opened, on platforms that tell.
        VoiceNoteDelivered(VoiceNoteDelivered),
        /// `voice_note.failed`: given up after all retries.
        VoiceNoteFailed(VoiceNoteFailed),
        /// A name or a shape that the documentation does not show: see [`Event::json`].
        Other,
    }

    /// A voice note that reached the platform.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[non_exhaustive]
    pub struct VoiceNoteSent {
        /// The voice note's id; its other events carry it too.
        pub id: String,
        /// Such as `telegram`.
        pub platform: String,
        /// Whom it is for, in the platform's terms.
        pub recipient: String,
        /// `sent`.
        pub status: String,
        /// When it was handed to Svara.
        pub created_at: Timestamp,
        /// When the platform had it.
        pub delivered_at: Timestamp,
        /// Shown as null.
        #[serde(default, deserialize_with = "lenient")]
        pub error: Option<Failure>,
    }

    /// A voice note that was received or opened. The documentation shows no payload for it.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[non_exhaustive]
    pub struct VoiceNoteDelivered {
        /// The voice note's id; its other events carry it too.
        #[serde(default, deserialize_with = "lenient")]
        pub id: Option<String>,
        /// Such as `telegram`.
        #[serde(default, deserialize_with = "lenient")]
        pub platform: Option<String>,
        /// Whom it is for, in the platform's terms.
        #[serde(default, deserialize_with = "lenient")]
        pub recipient: Option<String>,
        /// Its status.
        #[serde(default, deserialize_with = "lenient")]
        pub status: Option<String>,
        /// When it was handed to Svara.
        #[serde(default, deserialize_with = "lenient")]
        pub created_at: Option<Timestamp>,
        /// When it was received.
        #[serde(default, deserialize_with = "lenient")]
        pub delivered_at: Option<Timestamp>,
    }

    /// A voice note that could not be delivered.
    #[derive(Debug, Clone, PartialEq, Deserialize)]
    #[non_exhaustive]
    pub struct VoiceNoteFailed {
        /// The voice note's id; its other events carry it too.
        pub id: String,
        /// Such as `linkedin`.
        pub platform: String,
        /// Whom it is for, in the platform's terms.
        pub recipient: String,
        /// `failed`.
        pub status: String,
        /// When it was handed to Svara.
        pub created_at: Timestamp,
        /// Shown as null.
        #[serde(default, deserialize_with = "lenient")]
        pub delivered_at: Option<Timestamp>,
        /// Why it failed.
        pub error: Failure,
    }

    /// Why a voice note failed.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    #[non_exhaustive]
    pub struct Failure {
        /// For programs, such as `session_expired`.
        pub code: String,
        /// For people.
        pub message: String,
    }

    impl TypedEvent for Event {
        type Provider = Svara;

        fn from_json(json: Value, _: &Delivery) -> Option<Self> {
            let name: String = member(&json, "event")?;
            let data = match &*name {
                "voice_note.sent" => member(&json, "data").map(Data::VoiceNoteSent),
                "voice_note.delivered" => member(&json, "data").map(Data::VoiceNoteDelivered),
                "voice_note.failed" => member(&json, "data").map(Data::VoiceNoteFailed),
                _ => None,
            };
            let data = data.unwrap_or(Data::Other);
            Some(Self { name, timestamp: member(&json, "timestamp"), data, json })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const SENT: &str = include_str!("testdata/svara-voice_note.sent.json");
    /// Ours: the signature that the Python handler in Svara's documentation computes.
    const SIGNATURE: &str = "d1d0d53836f70f2aa37bfbbf4337761b1b32da92f4cf46873c423e7e66662321";
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn the_documents_signature_is_accepted() {
        let secret = Secret::new("your_webhook_secret").unwrap();
        let delivery = verified(&secret, &[("X-Svara-Signature", SIGNATURE)], SENT, NOW);
        assert_eq!(delivery.id(), None);
        assert_eq!(delivery.signed_at(), None);
    }

    #[test]
    fn the_prefix_that_others_use_is_refused() {
        let secret = Secret::new("your_webhook_secret").unwrap();
        let value = format!("sha256={SIGNATURE}");
        assert_eq!(
            refused(&secret, &[("X-Svara-Signature", &*value)], SENT, NOW),
            VerifyErrorKind::MalformedSignature
        );
    }

    #[cfg(feature = "events")]
    #[test]
    fn the_documents_payloads_are_typed() {
        use crate::providers::test::event;

        let sent: Event = event::<Svara, _>(SENT, &[]).unwrap();
        assert_eq!(sent.name, "voice_note.sent");
        assert_eq!(sent.timestamp, Some("2026-03-14T12:00:02Z".parse().unwrap()));
        let Data::VoiceNoteSent(note) = &sent.data else { panic!("{sent:?}") };
        assert_eq!((&*note.id, &*note.platform), ("msg_a1b2c3d4e5f6", "telegram"));
        assert_eq!(note.error, None);

        let failed: Event =
            event::<Svara, _>(include_str!("testdata/svara-voice_note.failed.json"), &[]).unwrap();
        let Data::VoiceNoteFailed(note) = &failed.data else { panic!("{failed:?}") };
        assert_eq!(note.error.code, "session_expired");
        assert_eq!(note.delivered_at, None);
    }

    #[cfg(feature = "events")]
    #[test]
    fn what_the_document_does_not_show_is_still_an_event() {
        use crate::RejectionKind;
        use crate::providers::test::event;

        let bare: Event =
            event::<Svara, _>(r#"{"event":"voice_note.delivered","data":{}}"#, &[]).unwrap();
        assert!(matches!(bare.data, Data::VoiceNoteDelivered(_)));
        for body in [
            r#"{"event":"voice_note.new"}"#,
            r#"{"event":"voice_note.sent","data":{"id":1}}"#,
            r#"{"event":"voice_note.sent","timestamp":7}"#,
        ] {
            let other: Event = event::<Svara, _>(body, &[]).unwrap();
            assert_eq!(other.data, Data::Other, "{body}");
            assert_eq!(other.json, serde_json::from_str::<serde_json::Value>(body).unwrap());
        }
        for body in ["", "[]", "{}", r#"{"event":1}"#, "\u{0}"] {
            let refused = event::<Svara, Event>(body, &[]).unwrap_err();
            assert_eq!(refused.kind(), RejectionKind::NotUnderstood, "{body:?}");
        }
    }
}
