//! Coinbase Commerce: hex HMAC-SHA256 of the body in `X-CC-Webhook-Signature: <hex>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The signed body has the number of the attempt, so that every retry is signed
//! anew; what stays the same is `event.id`.
//!
//! The test's signature is ours. `tests/vectors` runs the published example, which is long.
//!
//! Source: Coinbase Developer Platform, "Webhooks security"; coinbase-commerce-node,
//! test/testWebhook.spec.js, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Coinbase Commerce, as a type.
#[derive(Debug)]
pub enum CoinbaseCommerce {}

impl SchemeProvider for CoinbaseCommerce {
    const SCHEME: Scheme = Scheme::new("coinbase_commerce", "x-cc-webhook-signature");
}

/// The webhook's shared secret, as text.
pub type Secret = crate::Key<CoinbaseCommerce>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<CoinbaseCommerce>("Coinbase Commerce")
    .credential("shared secret", "Settings, Notifications, the webhook subscription")
    .documentation("https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-security");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":1,"attempt_number":1,"event":{"id":"24934862"}}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "b6300c59953d562f64795fdcedb3a11dba4531cee616a5e81edc82729d66070b";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("30291a20-0bd1-4267-9b0f-e6e7b123c0bf").unwrap()
    }

    #[test]
    fn the_attempt_is_no_id() {
        let headers = [("X-CC-Webhook-Signature", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), None);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-CC-Webhook-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
