//! Bitbucket Data Center: hex HMAC-SHA256 of the body in `X-Hub-Signature: sha256=<hex>`.
//!
//! Also Bitbucket Server. A webhook without a secret is not signed, and its requests are refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Request-Id` and `X-Event-Key` are unsigned.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Atlassian, Bitbucket Data Center, "Manage webhooks" and "Event payload", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Bitbucket Data Center, as a type.
#[derive(Debug)]
pub enum BitbucketServer {}

impl SchemeProvider for BitbucketServer {
    const SCHEME: Scheme = Scheme::new("bitbucket_server", "x-hub-signature")
        .prefix("sha256=")
        .delivery_id("x-request-id")
        .hints(&["x-event-key"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<BitbucketServer>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<BitbucketServer>("Bitbucket Data Center")
    .credential("webhook secret", "the repository's or project's settings, Webhooks")
    .documentation(
        "https://confluence.atlassian.com/bitbucketserver/manage-webhooks-938025878.html",
    );

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"eventKey":"repo:refs_changed"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=48d95a2d170cb5315b6de0d267c789afc728b27149c2d67ca9b1033f61a50d00";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_request_id_and_the_event_key_are_unsigned() {
        let headers = [
            ("X-Hub-Signature", SIGNATURE),
            ("X-Request-Id", "f07a"),
            ("X-Event-Key", "repo:refs_changed"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("f07a"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-event-key"), Some("repo:refs_changed"));
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [("X-Hub-Signature", &SIGNATURE["sha256=".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
