//! ClickUp: hex HMAC-SHA256 of the body in `X-Signature: <hex>`.
//!
//! Each webhook has its own secret, which the API returns when it creates one.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: ClickUp Developer, "Webhook signature", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// ClickUp, as a type.
#[derive(Debug)]
pub enum ClickUp {}

impl SchemeProvider for ClickUp {
    const SCHEME: Scheme = Scheme::new("clickup", "x-signature");
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<ClickUp>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<ClickUp>("ClickUp")
    .credential(
        "webhook secret",
        "the answer to the API call that creates the webhook, `webhook.secret`",
    )
    .documentation("https://developer.clickup.com/docs/webhooksignature");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"event":"taskCreated","task_id":"c0j"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "2944f0dbaab519f46dfe3a704cfdef30febc2255d8c679f171d230fb4be93abe";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn a_signed_body_is_accepted() {
        let headers = [("X-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
