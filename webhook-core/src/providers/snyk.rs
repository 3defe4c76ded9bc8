//! Snyk: hex HMAC-SHA256 of the body in `X-Hub-Signature: sha256=<hex>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Snyk-Transport-ID`, `X-Snyk-Event` and, although it looks like a signed time,
//! `X-Snyk-Timestamp` are unsigned. A new webhook gets a signed `ping`, which reaches the handler.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Snyk Docs, "Webhook events and payloads" and "Validation and versioning of payloads",
//! 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Snyk, as a type.
#[derive(Debug)]
pub enum Snyk {}

impl SchemeProvider for Snyk {
    const SCHEME: Scheme = Scheme::new("snyk", "x-hub-signature")
        .prefix("sha256=")
        .delivery_id("x-snyk-transport-id")
        .hints(&["x-snyk-event", "x-snyk-timestamp"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Snyk>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Snyk>("Snyk").credential("webhook secret", "your own choice, in the API call that creates the webhook").documentation("https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis/validation-and-versioning-of-payloads");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"webhookId":"d3cf26b3"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=acc0bda73cbad89adc1cfa0a0605671f9e3c152c983495346b437d4819039b6b";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("my-secret-string").unwrap()
    }

    #[test]
    fn the_transport_id_and_the_event_are_unsigned() {
        let headers = [
            ("X-Hub-Signature", SIGNATURE),
            ("X-Snyk-Transport-ID", "998fe884"),
            ("X-Snyk-Event", "ping/v0"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("998fe884"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-snyk-event"), Some("ping/v0"));
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [("X-Hub-Signature", &SIGNATURE["sha256=".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
