//! Webex: hex HMAC-SHA1 of the body in `X-Spark-Signature: <hex>`.
//!
//! For the Webhooks API, not for Contact Center. A webhook without a secret is not signed, and its
//! requests are refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The body's `id` is the webhook's, and the same in all deliveries.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Webex for Developers, "Receive and verify events" and "Using a webhook secret", 2026-11.

use crate::keys::Algorithm;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Webex, as a type.
#[derive(Debug)]
pub enum Webex {}

impl SchemeProvider for Webex {
    const SCHEME: Scheme = Scheme::new("webex", "x-spark-signature").algorithm(Algorithm::HmacSha1);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Webex>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Webex>("Webex")
    .credential("webhook secret", "your own choice, in the API call that creates the webhook")
    .documentation("https://developer.webex.com/docs/receive-and-verify-webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":"Y2lz","resource":"messages","event":"created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "bfd90d77b706e04c5405a8c67a7777d6392251ed";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("somesupersecretphrase").unwrap()
    }

    #[test]
    fn the_id_of_the_webhook_is_no_id() {
        let headers = [("X-Spark-Signature", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), None);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Spark-Signature", &*format!("sha1={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
