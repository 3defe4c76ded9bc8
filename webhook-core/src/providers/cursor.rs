//! Cursor: hex HMAC-SHA256 of the body in `X-Webhook-Signature: sha256=<hex>`.
//!
//! For cloud agents. The secret is given when an agent is created with a webhook URL.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Webhook-ID` and `X-Webhook-Event` are unsigned.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Cursor Docs, "Webhooks" of the Cloud Agents API, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Cursor, as a type.
#[derive(Debug)]
pub enum Cursor {}

impl SchemeProvider for Cursor {
    const SCHEME: Scheme = Scheme::new("cursor", "x-webhook-signature")
        .prefix("sha256=")
        .delivery_id("x-webhook-id")
        .hints(&["x-webhook-event"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Cursor>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Cursor>("Cursor")
    .credential("webhook secret", "your own choice, in the API call that creates the agent")
    .documentation("https://cursor.com/docs/cloud-agent/api/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"event":"statusChange","status":"FINISHED"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=d539a975197d1cf3b4097225352294c84e56b187645d94259d44edebb847e702";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_id_and_the_event_are_unsigned() {
        let headers = [
            ("X-Webhook-Signature", SIGNATURE),
            ("X-Webhook-ID", "msg_1"),
            ("X-Webhook-Event", "statusChange"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("msg_1"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-webhook-event"), Some("statusChange"));
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [("X-Webhook-Signature", &SIGNATURE["sha256=".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
