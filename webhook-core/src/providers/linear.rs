//! Linear: hex HMAC-SHA256 of the body in `Linear-Signature: <hex>`.
//!
//! The headers `Linear-Delivery`, `Linear-Event` and `Linear-Timestamp` are unsigned. The signed body
//! has the time of sending as `webhookTimestamp`, in milliseconds. The verifier does not check it, so a
//! captured request stays valid as long as the secret does. Linear advises to refuse what is older than
//! a minute: compare it in your handler, or deduplicate.
//!
//! Linear waits 5 s for an answer.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Linear Developers, "Webhooks"; the Linear SDK, packages/sdk/src/webhooks/client.ts, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Linear, as a type.
#[derive(Debug)]
pub enum Linear {}

impl SchemeProvider for Linear {
    const SCHEME: Scheme = Scheme::new("linear", "linear-signature")
        .delivery_id("linear-delivery")
        .hints(&["linear-event", "linear-timestamp"]);
}

/// The webhook's signing secret, as text.
pub type Secret = crate::Key<Linear>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Linear>("Linear")
    .credential("signing secret", "Settings, API, the webhook's page")
    .documentation("https://linear.app/developers/webhooks#securing-webhooks")
    .answered_within(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"type":"Issue","webhookTimestamp":1700000000000}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "53be7e803f9fdfca494a3abe657b12276f8a6cb88cacde71b91ca40f10864e32";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("lin_wh_secret").unwrap()
    }

    #[test]
    fn the_delivery_and_the_event_are_unsigned() {
        let headers = [
            ("Linear-Signature", SIGNATURE),
            ("Linear-Delivery", "234d1a4e"),
            ("Linear-Event", "Issue"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("234d1a4e"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("linear-event"), Some("Issue"));
        assert_eq!(delivery.signed_at(), None);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("Linear-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
