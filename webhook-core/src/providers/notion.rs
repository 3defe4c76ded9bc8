//! Notion: hex HMAC-SHA256 of the body in `X-Notion-Signature: sha256=<hex>`.
//!
//! The key is the verification token. Notion sends it once, to the URL of a new subscription:
//! `{"verification_token":"..."}`, unsigned. No verifier can accept that request, because the request
//! itself brings the key. Read the token with an endpoint of your own, confirm it in the integration's
//! settings, and put the verifier in front afterwards. The verifier refuses later requests of that
//! kind: their senders could choose the key.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The event's own `id` is in the signed body and is the same in every attempt,
//! while `attempt_number` changes.
//!
//! Source: Notion Developers, "Webhooks"; notion-sdk-js, src/webhooks.ts, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Notion, as a type.
#[derive(Debug)]
pub enum Notion {}

impl SchemeProvider for Notion {
    const SCHEME: Scheme =
        Scheme::new("notion", "x-notion-signature").prefix("sha256=").body_id("id");
}

/// The subscription's verification token, as text.
pub type VerificationToken = crate::Key<Notion>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Notion>("Notion")
    .credential("verification token", "the first request to the subscription's URL")
    .documentation("https://developers.notion.com/reference/webhooks")
    .retries("up to 8 attempts in about 24 hours");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{NONE, refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":"367cba44-b6f3-4c92-81e7-6a2e9659efd4","type":"page.created"}"#;
    /// Made with @notionhq/client 5.26.0, `signWebhookPayload`.
    const SIGNATURE: &str =
        "sha256=b30b43ac8fa987d169cb3ee2425866b953d974456e21e4c6d4d9b18fee3249b4";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> VerificationToken {
        VerificationToken::new("secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl").unwrap()
    }

    #[test]
    fn what_the_sdk_signs_is_accepted() {
        let headers = [("X-Notion-Signature", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), Some("id"));
    }

    #[test]
    fn the_token_itself_proves_nothing() {
        let token = r#"{"verification_token":"secret_chosen_by_a_stranger"}"#;
        assert_eq!(refused(&secret(), &NONE, token, NOW), VerifyErrorKind::MissingSignature);
    }
}
