//! Shopify: base64 HMAC-SHA256 of the body in `X-Shopify-Hmac-Sha256: <base64>`.
//!
//! The key is the app's client secret. After it was rotated, it takes up to an hour until the new one
//! signs: keep the old one as the previous secret, and watch `key_index` to see when it is no longer
//! used.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Shopify-Webhook-Id` is the same in every retry, but unsigned, as are the
//! topic and the shop: a captured request can be replayed under another topic or shop. Shopify waits 5
//! s.
//!
//! Source: Shopify Dev Docs, "Verify webhook deliveries"; shopify-app-js,
//! lib/webhooks/__tests__/validate.test.ts, 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Shopify, as a type.
#[derive(Debug)]
pub enum Shopify {}

impl SchemeProvider for Shopify {
    const SCHEME: Scheme = Scheme::new("shopify", "x-shopify-hmac-sha256")
        .encoding(Encoding::Base64)
        .delivery_id("x-shopify-webhook-id")
        .hints(&[
            "x-shopify-topic",
            "x-shopify-shop-domain",
            "x-shopify-event-id",
            "x-shopify-api-version",
            "x-shopify-triggered-at",
        ]);
}

/// The app's client secret, as text.
pub type ClientSecret = crate::Key<Shopify>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Shopify>("Shopify")
    .credential("client secret", "the Dev Dashboard, the app's settings")
    .documentation("https://shopify.dev/docs/apps/build/webhooks/verify-deliveries")
    .retries("8 times in 4 hours")
    .answered_within(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"foo": "bar"}"#;
    /// Published: shopify-app-js, lib/webhooks/__tests__/validate.test.ts.
    const SIGNATURE: &str = "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> ClientSecret {
        ClientSecret::new("test_secret_key").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [
            ("X-Shopify-Hmac-Sha256", SIGNATURE),
            ("X-Shopify-Webhook-Id", "123456789"),
            ("X-Shopify-Topic", "products/create"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("123456789"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-shopify-topic"), Some("products/create"));
    }

    #[test]
    fn white_space_is_signed() {
        let headers = [("X-Shopify-Hmac-Sha256", SIGNATURE)];
        let kind = refused(&secret(), &headers, r#"{"foo":"bar"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
