//! Hugging Face: the webhook secret itself in `X-Webhook-Secret`.
//!
//! The header holds the token itself. It proves who sent the request, and nothing about the body:
//! anyone who reads one request can send any other, so accept it over TLS only.
//!
//! Only ASCII characters work. Without a secret there is no header, and the request is refused.
//!
//! Source: Hugging Face Hub documentation, "Webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Hugging Face, as a type.
#[derive(Debug)]
pub enum HuggingFace {}

impl SchemeProvider for HuggingFace {
    const SCHEME: Scheme = Scheme::token("hugging_face", "x-webhook-secret");
}

/// The webhook secret.
pub type Token = crate::Key<HuggingFace>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<HuggingFace>("Hugging Face")
    .credential("webhook secret", "the settings, Webhooks")
    .documentation("https://huggingface.co/docs/hub/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = "{}";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn token() -> Token {
        Token::new("token").unwrap()
    }

    #[test]
    fn the_body_is_not_covered() {
        let headers = [("X-Webhook-Secret", "token")];
        let delivery = verified(&token(), &headers, BODY, NOW);
        assert!(!delivery.covers_body());
    }

    #[test]
    fn another_token_is_refused() {
        let headers = [("X-Webhook-Secret", "another")];
        assert_eq!(refused(&token(), &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
