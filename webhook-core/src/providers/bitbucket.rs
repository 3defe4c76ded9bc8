//! Bitbucket Cloud: hex HMAC-SHA256 of the body in `X-Hub-Signature: sha256=<hex>`.
//!
//! The header's name has no `-256`, unlike GitHub's. A webhook without a secret is not signed, and its
//! requests are refused. [`bitbucket_server`](super::bitbucket_server) is the same scheme with other
//! unsigned headers.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Request-UUID`, `X-Event-Key`, `X-Hook-UUID` and `X-Attempt-Number` are
//! unsigned.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Atlassian Support, "Manage webhooks" and "Event payloads", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Bitbucket Cloud, as a type.
#[derive(Debug)]
pub enum Bitbucket {}

impl SchemeProvider for Bitbucket {
    const SCHEME: Scheme = Scheme::new("bitbucket", "x-hub-signature")
        .prefix("sha256=")
        .delivery_id("x-request-uuid")
        .hints(&["x-event-key", "x-hook-uuid", "x-attempt-number"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Bitbucket>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Bitbucket>("Bitbucket Cloud")
    .credential("webhook secret", "the repository's or workspace's settings, Webhooks")
    .documentation("https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"push":{}}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=e8679b2262df301abe06fb4316aaa36c23738d3af13fc0d5cadfacaab0904eb1";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_request_id_and_the_event_key_are_unsigned() {
        let headers = [
            ("X-Hub-Signature", SIGNATURE),
            ("X-Request-UUID", "8a1c"),
            ("X-Event-Key", "repo:push"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("8a1c"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-event-key"), Some("repo:push"));
    }

    #[test]
    fn the_header_of_github_is_not_read() {
        let headers = [("X-Hub-Signature-256", SIGNATURE)];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MissingSignature);
    }
}
