//! Modern Treasury: hex HMAC-SHA256 of the body in `X-Signature: <hex>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Webhook-ID` serves to recognize repeats, but is unsigned. Modern Treasury
//! waits 5 s. Its support replaces a key that has leaked.
//!
//! Source: Modern Treasury Docs, "Webhooks" and "Verify a webhook event"; modern-treasury-python,
//! tests/api_resources/test_webhooks.py, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Modern Treasury, as a type.
#[derive(Debug)]
pub enum ModernTreasury {}

impl SchemeProvider for ModernTreasury {
    const SCHEME: Scheme =
        Scheme::new("modern_treasury", "x-signature").delivery_id("x-webhook-id");
}

/// The webhook key, as text.
pub type WebhookKey = crate::Key<ModernTreasury>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<ModernTreasury>("Modern Treasury")
    .credential("webhook key", "Developers, Webhooks")
    .documentation("https://docs.moderntreasury.com/platform/docs/verifying-webhooks")
    .retries("with growing delays")
    .answered_within(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"foo":"bar"}"#;
    /// Published: modern-treasury-python, tests/api_resources/test_webhooks.py.
    const SIGNATURE: &str = "57e14f6f354543f0101fb06ea24df7731d90087b76651e3497345e22a3622940";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> WebhookKey {
        WebhookKey::new("foo").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [("X-Signature", SIGNATURE), ("X-Webhook-ID", "8a4d")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("8a4d"));
        assert!(!delivery.id_is_signed());
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
