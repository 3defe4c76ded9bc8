//! LINE: base64 HMAC-SHA256 of the body in `x-line-signature: <base64>`.
//!
//! For the Messaging API. The key is the channel secret.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. Each event in the signed body has its own `webhookEventId`. The console's
//! "Verify" sends a signed body without events, which reaches the handler.
//!
//! Source: LINE Developers, "Verify webhook signature"; line-bot-sdk-python, tests/v3/test_webhook.py,
//! 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// LINE, as a type.
#[derive(Debug)]
pub enum Line {}

impl SchemeProvider for Line {
    const SCHEME: Scheme = Scheme::new("line", "x-line-signature").encoding(Encoding::Base64);
}

/// The channel's secret, as text.
pub type ChannelSecret = crate::Key<Line>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Line>("LINE")
    .credential("channel secret", "the LINE Developers Console, the channel's Basic settings")
    .documentation("https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = "bodybodybodybody";
    /// Published: line-bot-sdk-python, tests/v3/test_webhook.py.
    const SIGNATURE: &str = "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> ChannelSecret {
        ChannelSecret::new("channel_secret").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [("x-line-signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        let headers = [("x-line-signature", "invalid_signature")];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
