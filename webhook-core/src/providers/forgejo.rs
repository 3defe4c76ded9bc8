//! Forgejo: hex HMAC-SHA256 of the body in `X-Forgejo-Signature: <hex>`.
//!
//! Codeberg runs Forgejo. Choose the content type `application/json`: Gitea, which Forgejo was forked
//! from, signs the JSON inside a form rather than the form.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Forgejo-Delivery` and `X-Forgejo-Event` are unsigned. The headers of the same
//! purpose for Gitea, Gogs and GitHub are not read.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Forgejo documentation, "Webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Forgejo, as a type.
#[derive(Debug)]
pub enum Forgejo {}

impl SchemeProvider for Forgejo {
    const SCHEME: Scheme = Scheme::new("forgejo", "x-forgejo-signature")
        .delivery_id("x-forgejo-delivery")
        .hints(&["x-forgejo-event"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Forgejo>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Forgejo>("Forgejo")
    .credential("webhook secret", "the repository's or organization's settings, Webhooks")
    .documentation("https://forgejo.org/docs/latest/user/webhooks/");

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
            ("X-Forgejo-Signature", SIGNATURE),
            ("X-Forgejo-Delivery", "f6266f16"),
            ("X-Forgejo-Event", "push"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("f6266f16"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-forgejo-event"), Some("push"));
    }

    #[test]
    fn the_header_of_gitea_is_not_read() {
        let headers = [("X-Gitea-Signature", SIGNATURE)];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MissingSignature);
    }
}
