//! Dwolla: hex HMAC-SHA256 of the body in `X-Request-Signature-SHA-256: <hex>`.
//!
//! The secret is chosen with the webhook subscription.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The event's own `id` is in the signed body. Dwolla waits 10 s, retries up to 8
//! times in 72 hours, and pauses a subscription after 400 failures in a row.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Dwolla Developers, "Processing & validating webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Dwolla, as a type.
#[derive(Debug)]
pub enum Dwolla {}

impl SchemeProvider for Dwolla {
    const SCHEME: Scheme = Scheme::new("dwolla", "x-request-signature-sha-256").body_id("id");
}

/// The subscription's secret, as text.
pub type Secret = crate::Key<Dwolla>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Dwolla>("Dwolla")
    .credential("webhook secret", "your own choice, in the API call that creates the subscription")
    .documentation("https://developers.dwolla.com/docs/balance/webhooks/process-validate")
    .retries("up to 8 times in 72 hours")
    .answered_within(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":"80d8ff7d","topic":"customer_created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "0b61fdd9819d6d8a27538c9651dbb5df580b1174a21ca2ea3a9ac09ace163d36";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_body_identifies_the_event() {
        let headers = [("X-Request-Signature-SHA-256", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), Some("id"));
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Request-Signature-SHA-256", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
