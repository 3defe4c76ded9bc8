//! WooCommerce: base64 HMAC-SHA256 of the body in `X-WC-Webhook-Signature: <base64>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-WC-Webhook-Delivery-ID` and the headers with the topic, resource, event and
//! source are unsigned.
//!
//! When a webhook is created, WooCommerce sends an unsigned ping, `webhook_id=<number>`, and wants a
//! 200. The verifier recognizes it by its `User-Agent`, `WooCommerce/<version> Hookshot (...)`, and
//! answers an empty 200. Anyone can send such a request; the answer reveals nothing.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: WooCommerce REST API docs, "Webhooks"; woocommerce, includes/class-wc-webhook.php, 2026-11.

use crate::answer::Answer;
use crate::headers::Head;
use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// WooCommerce, as a type.
#[derive(Debug)]
pub enum WooCommerce {}

impl SchemeProvider for WooCommerce {
    const SCHEME: Scheme = Scheme::new("woocommerce", "x-wc-webhook-signature")
        .encoding(Encoding::Base64)
        .delivery_id("x-wc-webhook-delivery-id")
        .hints(&[
            "x-wc-webhook-topic",
            "x-wc-webhook-resource",
            "x-wc-webhook-event",
            "x-wc-webhook-source",
        ])
        .challenge(ping);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<WooCommerce>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<WooCommerce>("WooCommerce")
    .credential("webhook secret", "WooCommerce, Settings, Advanced, Webhooks")
    .documentation("https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks")
    .handshake("an unsigned POST when the webhook is created");

/// The request that tries a new webhook out.
fn ping(head: &Head<'_>) -> Option<Answer> {
    let agent = head.header("user-agent").ok()??;
    let is_ping = head.method() == "POST"
        && agent.starts_with(b"WooCommerce/")
        && agent.windows(9).any(|part| part == b" Hookshot")
        && head.header("x-wc-webhook-signature") == Ok(None);
    is_ping.then(Answer::ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{answered, refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":1}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "A971iWIMgT8Zj9A9eWfikrFj7wQ16/Qwcc4OlRl2PLc=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_delivery_and_the_topic_are_unsigned() {
        let headers = [
            ("X-WC-Webhook-Signature", SIGNATURE),
            ("X-WC-Webhook-Delivery-ID", "fb5b"),
            ("X-WC-Webhook-Topic", "order.created"),
            ("User-Agent", "WooCommerce/9.4.2 Hookshot (WordPress/6.7)"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("fb5b"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-wc-webhook-topic"), Some("order.created"));
    }

    #[test]
    fn hex_is_refused() {
        let headers = [("X-WC-Webhook-Signature", &*"0".repeat(64))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }

    #[test]
    fn the_ping_is_answered_and_proves_nothing() {
        let ping = [("User-Agent", "WooCommerce/9.4.2 Hookshot (WordPress/6.7)")];
        assert_eq!(answered(&secret(), "POST", "/", &ping), Some(Answer::ok()));
        assert_eq!(answered(&secret(), "GET", "/", &ping), None);
        assert_eq!(
            refused(&secret(), &ping, "webhook_id=1", NOW),
            VerifyErrorKind::MissingSignature
        );
    }
}
