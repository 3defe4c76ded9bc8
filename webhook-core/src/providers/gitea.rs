//! Gitea: hex HMAC-SHA256 of the body in `X-Gitea-Signature: <hex>`.
//!
//! Choose the content type `application/json`: for forms and for GET, Gitea signs the JSON inside
//! rather than the bytes it sends, so such requests are refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Gitea-Delivery` and the event's name are unsigned. Gitea sends each delivery
//! once.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: gitea, services/webhook/deliver.go, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Gitea, as a type.
#[derive(Debug)]
pub enum Gitea {}

impl SchemeProvider for Gitea {
    const SCHEME: Scheme = Scheme::new("gitea", "x-gitea-signature")
        .delivery_id("x-gitea-delivery")
        .hints(&["x-gitea-event", "x-gitea-event-type"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Gitea>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Gitea>("Gitea")
    .credential("webhook secret", "the repository's or organization's settings, Webhooks")
    .documentation("https://docs.gitea.com/usage/webhooks")
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
            ("X-Gitea-Signature", SIGNATURE),
            ("X-Gitea-Delivery", "f6266f16"),
            ("X-Gitea-Event", "push"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("f6266f16"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-gitea-event"), Some("push"));
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Gitea-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
