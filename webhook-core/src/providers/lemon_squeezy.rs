//! Lemon Squeezy: hex HMAC-SHA256 of the body in `X-Signature: <hex>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Event-Name` is unsigned; the signed body repeats it as `meta.event_name`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Lemon Squeezy Docs, "Signing requests", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Lemon Squeezy, as a type.
#[derive(Debug)]
pub enum LemonSqueezy {}

impl SchemeProvider for LemonSqueezy {
    const SCHEME: Scheme = Scheme::new("lemon_squeezy", "x-signature").hints(&["x-event-name"]);
}

/// The webhook's signing secret, as text.
pub type Secret = crate::Key<LemonSqueezy>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<LemonSqueezy>("Lemon Squeezy")
    .credential("signing secret", "Settings, Webhooks")
    .documentation("https://docs.lemonsqueezy.com/help/webhooks/signing-requests");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"meta":{"event_name":"order_created"}}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "f55997a5a27ec6aa445833430e34c2aab6520c68dfb7700b5de85bde250bc8d3";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_event_name_is_unsigned() {
        let headers = [("X-Signature", SIGNATURE), ("X-Event-Name", "order_created")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.unsigned_hint("x-event-name"), Some("order_created"));
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
