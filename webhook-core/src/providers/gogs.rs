//! Gogs: hex HMAC-SHA256 of the body in `X-Gogs-Signature: <hex>`.
//!
//! Choose the content type `application/json`: for forms, Gogs signs the JSON inside rather than the
//! bytes it sends, so such requests are refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Gogs-Delivery` and `X-Gogs-Event` are unsigned. Gogs sends each delivery
//! once.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: gogs, internal/database/webhook.go, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Gogs, as a type.
#[derive(Debug)]
pub enum Gogs {}

impl SchemeProvider for Gogs {
    const SCHEME: Scheme = Scheme::new("gogs", "x-gogs-signature")
        .delivery_id("x-gogs-delivery")
        .hints(&["x-gogs-event"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Gogs>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Gogs>("Gogs")
    .credential("webhook secret", "the repository's settings, Webhooks")
    .documentation("https://gogs.io/docs/features/webhook")
    .retries("none by itself")
    .retries_after(&[]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"ref":"refs/heads/main"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "d8f89f0618acd61fe621aa4e64078c0e2bca15d0b578b7f3eb734f55883c5320";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_delivery_and_the_event_are_unsigned() {
        let headers = [
            ("X-Gogs-Signature", SIGNATURE),
            ("X-Gogs-Delivery", "f6266f16"),
            ("X-Gogs-Event", "push"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("f6266f16"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-gogs-event"), Some("push"));
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Gogs-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
