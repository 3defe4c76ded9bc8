//! Slack: hex HMAC-SHA256 of `v0:{timestamp}:{body}` in `X-Slack-Signature: v0=<hex>`.
//!
//! The time, `X-Slack-Request-Timestamp`, may be 300 s off. There is no delivery id; the `event_id` of an Events API
//! body is signed, and every retry carries it. `X-Slack-Retry-Num` is an unsigned hint. Commands and interactions
//! come as forms, signed alike. Slack waits 3 s, and sends an event again at once, after 1 min and after 5 min.
//!
//! Before Slack uses an endpoint it sends a signed `url_verification`. Its challenge is echoed, and no handler sees
//! it.
//!
//! Source: Slack Docs, "Verifying requests from Slack" and "`url_verification`"; python-slack-sdk, 2026-11.

use crate::answer::Answer;
use crate::handshake;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Slack, as a type.
#[derive(Debug)]
pub enum Slack {}

/// The scheme of those who sign as Slack does.
pub(super) const fn scheme(
    name: &'static str,
    signature: &'static str,
    timestamp: &'static str,
) -> Scheme {
    Scheme::new(name, signature).timestamp(timestamp).signs(&[
        Part::Literal("v0:"),
        Part::Timestamp,
        Part::Literal(":"),
        Part::Body,
    ])
}

impl SchemeProvider for Slack {
    const SCHEME: Scheme = scheme("slack", "x-slack-signature", "x-slack-request-timestamp")
        .prefix("v0=")
        .hints(&["x-slack-retry-num", "x-slack-retry-reason"])
        .body_id("event_id")
        .handshake(|_, delivery| {
            let json = handshake::candidate(delivery.body(), "url_verification")?;
            let challenge = json.get("challenge")?.as_str()?;
            (json.get("type")? == "url_verification").then(|| Answer::echo(challenge.as_bytes()))?
        });
}

impl SignsTime for Slack {}

/// The app's signing secret, as text.
pub type SigningSecret = crate::Key<Slack>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Slack>("Slack")
    .credential("signing secret", "the app's settings, Basic Information")
    .documentation("https://docs.slack.dev/authentication/verifying-requests-from-slack/")
    .retries_after(&[0, 60, 300])
    .answered_within(3)
    .handshake("a signed `url_verification`, whose challenge is echoed");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{answered, refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: Slack Docs, "Verifying requests from Slack".
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain\
        =testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_nam\
        e=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.\
        com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=39873\
        8663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    fn headers<'a>(time: &'a str, signature: &'a str) -> [(&'static str, &'a str); 2] {
        [("X-Slack-Request-Timestamp", time), ("X-Slack-Signature", signature)]
    }

    #[test]
    fn the_published_example_is_accepted_with_its_version_only() {
        let secret = SigningSecret::new(SECRET).unwrap();
        let now = UnixTime::from_secs(1_531_420_618);
        let hex = "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        verified(&secret, &headers("1531420618", &format!("v0={hex}")), BODY, now);
        for other in [hex.to_owned(), format!("v1={hex}"), format!("V0={hex}")] {
            let kind = refused(&secret, &headers("1531420618", &other), BODY, now);
            assert_eq!(kind, VerifyErrorKind::MalformedSignature, "{other}");
        }
    }

    #[test]
    fn a_signed_challenge_is_echoed() {
        let secret = SigningSecret::new(SECRET).unwrap();
        let now = UnixTime::from_secs(1_700_000_000);
        // Ours: Python's `hmac`.
        let signature = "v0=a312e5d3748d54af22d538c4c3af6e41bbdb37af134939e60dea4304ef85bced";
        let body = r#"{"type":"url_verification","token":"x","challenge":"3eZbrw1a"}"#;
        let answer = answered(&secret, &headers("1700000000", signature), body, now).unwrap();
        assert_eq!((answer.status, &*answer.body), (200, "3eZbrw1a"));
        assert_eq!(answer.content_type, "text/plain");
        let forged = refused(&secret, &headers("1700000001", signature), body, now);
        assert_eq!(forged, VerifyErrorKind::InvalidSignature);
    }
}
