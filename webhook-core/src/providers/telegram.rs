//! Telegram: the secret token itself in `X-Telegram-Bot-Api-Secret-Token`.
//!
//! The header holds the token itself. It proves who sent the request, and nothing about the body:
//! anyone who reads one request can send any other, so accept it over TLS only.
//!
//! A token has 1 to 256 characters of `A-Z`, `a-z`, `0-9`, `_` and `-`. The update's `update_id` is the
//! same in every retry. No signature covers it, so it is not the delivery's id: to recognize repeats,
//! make it the key of your claims.
//!
//! Source: Telegram Bot API, `setWebhook`, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Telegram, as a type.
#[derive(Debug)]
pub enum Telegram {}

impl SchemeProvider for Telegram {
    const SCHEME: Scheme = Scheme::token("telegram", "x-telegram-bot-api-secret-token");
}

/// The secret token.
pub type Token = crate::Key<Telegram>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Telegram>("Telegram")
    .credential("secret token", "your own choice, in the call of `setWebhook`")
    .documentation("https://core.telegram.org/bots/api#setwebhook");

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
        let headers = [("X-Telegram-Bot-Api-Secret-Token", "token")];
        let delivery = verified(&token(), &headers, BODY, NOW);
        assert!(!delivery.covers_body());
    }

    #[test]
    fn another_token_is_refused() {
        let headers = [("X-Telegram-Bot-Api-Secret-Token", "another")];
        assert_eq!(refused(&token(), &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
