//! Asana: hex HMAC-SHA256 of the body in `X-Hook-Signature: <hex>`.
//!
//! Each webhook has its own secret. While the API call that creates a webhook runs, Asana sends an
//! unsigned POST with `X-Hook-Secret` to its URL and expects the same header in the answer. The
//! verifier answers that, and your handler does not see it. Take the secret from the answer to your API
//! call, whose `X-Hook-Secret` is the same, never from the POST: anyone can send one. For a URL that
//! has no webhook yet, use [`Handshake`].
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. Asana waits 10 s and retries for 24 hours. A body without events is a heartbeat.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Asana Developers, "Webhooks guide" and "Establish a webhook", 2026-11.

use crate::answer::Answer;
use crate::clock::Clock;
use crate::error::{VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::provider::{Provider as _, SchemeProvider};
use crate::registry::Entry;
use crate::scheme::Scheme;
use crate::verify::{Verification, Verify};

/// Asana, as a type.
#[derive(Debug)]
pub enum Asana {}

impl SchemeProvider for Asana {
    const SCHEME: Scheme = Scheme::new("asana", "x-hook-signature").challenge(handshake);
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Asana>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Asana>("Asana")
    .credential(
        "webhook secret",
        "the answer to the API call that creates the webhook, `X-Hook-Secret`",
    )
    .documentation("https://developers.asana.com/docs/webhooks-guide")
    .retries("for up to 24 hours")
    .handshake("an unsigned POST whose `X-Hook-Secret` is repeated")
    .answered_within(10);

/// Answers the handshake while a webhook is created, and refuses everything else: for a URL that has no
/// [`Secret`] yet. It stores nothing.
#[derive(Debug, Clone, Copy)]
pub struct Handshake;

impl Verify for Handshake {
    fn provider(&self) -> &'static str {
        Asana::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let answer = handshake(head).ok_or(VerifyErrorKind::MissingSignature)?;
        Ok(Verification::handshake(answer))
    }
}

/// The longest secret that is repeated; Asana's have 64 characters.
const MAX_SECRET_LEN: usize = 255;

fn handshake(head: &Head<'_>) -> Option<Answer> {
    let secret = head.header("x-hook-secret").ok()??;
    let is_handshake = head.method() == "POST"
        && (1..=MAX_SECRET_LEN).contains(&secret.len())
        && secret.iter().all(u8::is_ascii_alphanumeric)
        && head.header("x-hook-signature") == Ok(None);
    let secret = std::str::from_utf8(secret).ok().filter(|_| is_handshake)?;
    Some(Answer::ok().with_header("x-hook-secret", secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{challenged, refused, verified};

    const BODY: &str = r#"{"events":[]}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "3fc836005dfa84ae042d88d80e2473a1c6d931719bd8e9106bf6bc54a505a3f7";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("b537207f20cbfa02357cf448134da559").unwrap()
    }

    #[test]
    fn a_heartbeat_is_accepted() {
        let headers = [("X-Hook-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Hook-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }

    #[test]
    fn the_secret_of_a_handshake_is_repeated_and_proves_nothing() {
        let value = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
        let headers = [("X-Hook-Secret", value)];
        let expected = Answer::ok().with_header("x-hook-secret", value);
        assert_eq!(challenged(&Handshake, "POST", "/", &headers), Some(expected.clone()));
        assert_eq!(challenged(&secret(), "POST", "/", &headers), Some(expected));
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MissingSignature);
        for value in ["", "a b", &"a".repeat(256)] {
            assert_eq!(challenged(&Handshake, "POST", "/", &[("X-Hook-Secret", value)]), None);
        }
        let both = [("X-Hook-Secret", value), ("X-Hook-Signature", SIGNATURE)];
        assert_eq!(challenged(&Handshake, "POST", "/", &both), None);
    }
}
