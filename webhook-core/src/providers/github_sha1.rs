//! GitHub (SHA-1): hex HMAC-SHA1 of the body in `X-Hub-Signature: sha1=<hex>`, the legacy header.
//!
//! GitHub sends it beside `X-Hub-Signature-256`, made with the same secret: prefer
//! [`github`](super::github). This module is for senders that copied GitHub's first scheme and offer
//! nothing else. HMAC-SHA1 is not broken, but do not choose it for a new sender.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The event's name, `X-GitHub-Event`, is an unsigned hint. GitHub waits 10 s and
//! does not send again by itself.
//!
//! Source: GitHub Docs, "Webhook events and payloads", "Delivery headers"; go-github,
//! github/messages_test.go, 2026-11.

use crate::keys::Algorithm;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// GitHub (SHA-1), as a type.
#[derive(Debug)]
pub enum GitHubSha1 {}

impl SchemeProvider for GitHubSha1 {
    const SCHEME: Scheme = Scheme::new("github_sha1", "x-hub-signature")
        .prefix("sha1=")
        .algorithm(Algorithm::HmacSha1)
        .delivery_id("x-github-delivery")
        .hints(&["x-github-event"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<GitHubSha1>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<GitHubSha1>("GitHub (SHA-1)")
    .credential("webhook secret", "the repository's or organization's settings, Webhooks")
    .documentation(
        "https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers",
    )
    .retries("none by itself")
    .retries_after(&[])
    .answered_within(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"yo":true}"#;
    /// Published: go-github, github/messages_test.go, `TestValidatePayload`.
    const SIGNATURE: &str = "sha1=126f2c800419c60137ce748d7672e77b65cf16d6";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("0123456789abcdef").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [("X-Hub-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn the_sha256_header_is_not_read() {
        let headers = [("X-Hub-Signature-256", SIGNATURE)];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MissingSignature);
    }
}
