//! Cloudflare Notifications: the secret itself in `cf-webhook-auth`.
//!
//! The header holds the token itself. It proves who sent the request, and nothing about the body:
//! anyone who reads one request can send any other, so accept it over TLS only.
//!
//! For the webhook destinations of Notifications. Cloudflare sends a test message to every new or
//! changed destination and expects a 2xx; it reaches the handler.
//!
//! Source: Cloudflare Docs, "Configure webhooks" of Notifications, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Cloudflare Notifications, as a type.
#[derive(Debug)]
pub enum Cloudflare {}

impl SchemeProvider for Cloudflare {
    const SCHEME: Scheme = Scheme::token("cloudflare", "cf-webhook-auth");
}

/// The secret.
pub type Token = crate::Key<Cloudflare>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Cloudflare>("Cloudflare Notifications")
    .credential("secret", "the dashboard, Notifications, Destinations")
    .documentation(
        "https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
    );

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
        let headers = [("cf-webhook-auth", "token")];
        let delivery = verified(&token(), &headers, BODY, NOW);
        assert!(!delivery.covers_body());
    }

    #[test]
    fn another_token_is_refused() {
        let headers = [("cf-webhook-auth", "another")];
        assert_eq!(refused(&token(), &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
