//! GitHub: hex HMAC-SHA256 of the body in `X-Hub-Signature-256: sha256=<hex>`.
//!
//! Neither a time nor the delivery's id is signed: a captured request stays valid as long as the secret.
//! The event's name, `X-GitHub-Event`, is an unsigned hint. The SHA-1 header is not read. GitHub waits
//! 10 s and does not send again by itself.
//!
//! Source: GitHub Docs, "Validating webhook deliveries" and "Best practices for using webhooks",
//! 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// GitHub, as a type.
#[derive(Debug)]
pub enum GitHub {}

impl SchemeProvider for GitHub {
    const SCHEME: Scheme = Scheme::new("github", "x-hub-signature-256")
        .prefix("sha256=")
        .delivery_id("x-github-delivery")
        .hints(&["x-github-event"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<GitHub>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<GitHub>("GitHub")
    .credential("webhook secret", "the repository's or organization's settings, Webhooks")
    .documentation(
        "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    )
    .retries("none by itself")
    .retries_after(&[])
    .answered_within(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: GitHub Docs, "Validating webhook deliveries".
    const SIGNATURE: &str =
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn secret() -> Secret {
        Secret::new("It's a Secret to Everybody").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [
            ("X-Hub-Signature-256", SIGNATURE),
            ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            ("X-GitHub-Event", "push"),
        ];
        let delivery = verified(&secret(), &headers, "Hello, World!", UnixTime::from_secs(0));
        assert_eq!(delivery.id(), Some("72d3162e-cc78-11e3-81ab-4c9367dc0958"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-github-event"), Some("push"));
        assert_eq!(delivery.unsigned_hint("x-github-hook-id"), None);
    }

    #[test]
    fn another_body_is_refused() {
        let headers = [("X-Hub-Signature-256", SIGNATURE)];
        assert_eq!(
            refused(&secret(), &headers, "Hello, World?", UnixTime::from_secs(0)),
            VerifyErrorKind::InvalidSignature
        );
    }

    #[test]
    fn the_sha1_header_is_not_read() {
        let headers = [("X-Hub-Signature", "sha1=126f2c800419c60137ce748d7672e77b65cf16d6")];
        assert_eq!(
            refused(&secret(), &headers, "Hello, World!", UnixTime::from_secs(0)),
            VerifyErrorKind::MissingSignature
        );
    }
}
