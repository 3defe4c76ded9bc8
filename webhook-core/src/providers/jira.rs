//! Jira: hex HMAC-SHA256 of the body in `X-Hub-Signature: sha256=<hex>`.
//!
//! For webhooks that an administrator creates with a secret in Jira Cloud. Webhooks without one are not
//! signed, those of Connect and OAuth apps are authenticated in other ways, and all of them are
//! refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-Atlassian-Webhook-Identifier` is the same in every retry, but unsigned, as is
//! the number of the retry.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Atlassian Developer, Jira Cloud platform, "Webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Jira, as a type.
#[derive(Debug)]
pub enum Jira {}

impl SchemeProvider for Jira {
    const SCHEME: Scheme = Scheme::new("jira", "x-hub-signature")
        .prefix("sha256=")
        .delivery_id("x-atlassian-webhook-identifier")
        .hints(&["x-atlassian-webhook-flow", "x-atlassian-webhook-retry"]);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Jira>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Jira>("Jira")
    .credential("webhook secret", "System, WebHooks")
    .documentation(
        "https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks",
    );

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"webhookEvent":"jira:issue_created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "sha256=2b0b14bde3ee4e815dec732bd95275a07c2eed3ce1435665ed7a775978c7a1ea";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_identifier_is_unsigned() {
        let headers = [
            ("X-Hub-Signature", SIGNATURE),
            ("X-Atlassian-Webhook-Identifier", "5f1c"),
            ("X-Atlassian-Webhook-Retry", "1"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("5f1c"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("x-atlassian-webhook-retry"), Some("1"));
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [("X-Hub-Signature", &SIGNATURE["sha256=".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
