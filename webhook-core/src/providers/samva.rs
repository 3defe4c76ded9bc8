//! Samva: hex HMAC-SHA256 of the body in `X-Webhook-Signature: sha256=<hex>`.
//!
//! Nothing but the body is signed, and there is no delivery id: `X-Webhook-Id` is the endpoint's. That
//! and the event's name, `X-Webhook-Event`, are unsigned hints. A repeated signature header is refused,
//! as Samva asks. Whoever captured a request can send it under another name, and before the genuine one: derive what
//! happened from the body. Any 2xx is accepted, anything else is sent again.
//!
//! Source: Samva's documentation, "Receive webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Samva, as a type.
#[derive(Debug)]
pub enum Samva {}

impl SchemeProvider for Samva {
    const SCHEME: Scheme = Scheme::new("samva", "x-webhook-signature")
        .prefix("sha256=")
        .hints(&["x-webhook-event", "x-webhook-id"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Samva>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Samva>("Samva")
    .credential("webhook secret", "your own choice when the webhook is created");

#[cfg(feature = "events")]
pub use events::Event;

#[cfg(feature = "events")]
mod events {
    use serde_json::Value;

    use super::Samva;
    use crate::delivery::Delivery;
    use crate::event::TypedEvent;

    /// An event about a message. Samva documents no payload, so the body is JSON.
    #[derive(Debug, Clone, PartialEq)]
    #[non_exhaustive]
    pub struct Event {
        /// `message.delivered` or `message.failed`, from `X-Webhook-Event`. Not signed: whoever sends a captured
        /// request can change it, and `Deduplicate` handles the copy that arrives first. Derive what happened from
        /// the body.
        pub unsigned_name: Option<String>,
        /// The endpoint's id, from `X-Webhook-Id`. Not signed, and not the delivery's.
        pub unsigned_endpoint_id: Option<String>,
        /// The whole body.
        pub json: Value,
    }

    impl TypedEvent for Event {
        type Provider = Samva;

        fn from_json(json: Value, delivery: &Delivery) -> Option<Self> {
            let hint = |header| delivery.unsigned_hint(header).map(str::to_owned);
            Some(Self {
                unsigned_name: hint("x-webhook-event"),
                unsigned_endpoint_id: hint("x-webhook-id"),
                json,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":"msg_1","status":"delivered"}"#;
    /// Ours: the value that the Node handler in Samva's documentation expects.
    const SIGNATURE: &str =
        "sha256=d1841551855f8640790edd03026f37dc4c855f1b48a9682328d880ff74f40cfa";
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn the_documents_signature_is_accepted() {
        let secret = Secret::new("your_webhook_secret").unwrap();
        let headers = [
            ("X-Webhook-Signature", SIGNATURE),
            ("X-Webhook-Event", "message.delivered"),
            ("X-Webhook-Id", "wh_1"),
        ];
        let delivery = verified(&secret, &headers, BODY, NOW);
        assert_eq!(delivery.id(), None, "the endpoint's id is not the delivery's");
        assert_eq!(delivery.unsigned_hint("x-webhook-event"), Some("message.delivered"));
        assert_eq!(delivery.unsigned_hint("x-webhook-id"), Some("wh_1"));
    }

    #[test]
    fn a_repeated_signature_is_refused() {
        let secret = Secret::new("your_webhook_secret").unwrap();
        let headers = [("X-Webhook-Signature", SIGNATURE); 2];
        assert_eq!(refused(&secret, &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }

    #[cfg(feature = "events")]
    #[test]
    fn an_event_is_its_json_and_the_hints() {
        use crate::providers::test::event;

        let hinted: Event =
            event::<Samva, _>(BODY, &[("x-webhook-event", "message.delivered")]).unwrap();
        assert_eq!(hinted.unsigned_name.as_deref(), Some("message.delivered"));
        assert_eq!(hinted.unsigned_endpoint_id, None);
        assert_eq!(hinted.json["status"], "delivered");

        let unreadable: Event = event::<Samva, _>(BODY, &[("x-webhook-event", "a\tb")]).unwrap();
        assert_eq!(unreadable.unsigned_name, None);
    }
}
