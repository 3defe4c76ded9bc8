//! Razorpay: hex HMAC-SHA256 of the body in `X-Razorpay-Signature: <hex>`.
//!
//! The secret is the webhook's own, not the API key's. After it was changed, retries of older events
//! are still signed with the old one: keep that as the previous secret for the 24 hours for which
//! Razorpay retries.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Razorpay-Event-Id` is the same in every retry, but unsigned.
//!
//! Source: Razorpay Docs, "Validate and test webhooks", "Best practices" and "FAQs"; razorpay-node,
//! test/utils/razorpay-utils.spec.js, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Razorpay, as a type.
#[derive(Debug)]
pub enum Razorpay {}

impl SchemeProvider for Razorpay {
    const SCHEME: Scheme =
        Scheme::new("razorpay", "x-razorpay-signature").delivery_id("x-razorpay-event-id");
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Razorpay>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Razorpay>("Razorpay")
    .credential("webhook secret", "Account & Settings, Webhooks")
    .documentation("https://razorpay.com/docs/webhooks/validate-test/")
    .retries("for 24 hours, with growing delays");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"a":1,"b":2,"c":{"d":3}}"#;
    /// Published: razorpay-node, test/utils/razorpay-utils.spec.js.
    const SIGNATURE: &str = "2fe04e22977002e6c7cb553adab8b460cb9e2a4970d5953cb27a8472752e3bbc";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("123456").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [("X-Razorpay-Signature", SIGNATURE), ("X-Razorpay-Event-Id", "evt_1")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("evt_1"));
        assert!(!delivery.id_is_signed());
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Razorpay-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
