//! Front: base64 HMAC-SHA256 of `{timestamp}:{body}` in `X-Front-Signature: <base64>`.
//!
//! Application webhooks; rule webhooks sign otherwise. The time, `X-Front-Request-Timestamp`, is in milliseconds and
//! may be 300 s off, which Front recommends. There is no delivery id.
//!
//! When the webhook is saved, Front sends a signed `sync` with a challenge in `X-Front-Challenge`. It is repeated as
//! JSON if it is short and visible ASCII, since it is not signed. No handler sees the request. Front waits 10 s for that.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Front Developers, "Application webhooks", 2026-11.

use crate::answer::Answer;
use crate::handshake;
use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Front, as a type.
#[derive(Debug)]
pub enum Front {}

impl SchemeProvider for Front {
    const SCHEME: Scheme = Scheme::new("front", "x-front-signature")
        .encoding(Encoding::Base64)
        .timestamp("x-front-request-timestamp")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Timestamp, Part::Literal(":"), Part::Body])
        .hints(&["x-front-challenge"])
        .handshake(|_, delivery| {
            let json = handshake::candidate(delivery.body(), "sync")?;
            // It is not signed.
            let challenge = delivery.unsigned_hint("x-front-challenge")?.as_bytes();
            let challenge = Answer::repeatable(challenge)?;
            (json.get("type")? == "sync").then_some(())?;
            Some(Answer::json(serde_json::json!({ "challenge": challenge }).to_string()))
        });
}

impl SignsTime for Front {}

/// The app's signing key, as text.
pub type SigningKey = crate::Key<Front>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Front>("Front")
    .credential("signing key", "the app's settings, Developers, Basic information")
    .documentation("https://dev.frontapp.com/docs/application-webhooks")
    .handshake("a signed `sync` with a challenge, which is repeated as JSON");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{answered, refused};
    use crate::{UnixTime, VerifyErrorKind};

    #[test]
    fn a_signed_sync_is_answered_with_its_challenge() {
        let key = SigningKey::new("key").unwrap();
        let now = UnixTime::from_secs(1_700_000_000);
        let body = r#"{"type":"sync","authorization":{"id":"cmp_1"}}"#;
        // Ours: Python's `hmac` over `1700000000000:` and the body.
        let headers = [
            ("X-Front-Signature", "uDXTfqX5cNyrWVAhZvMbX487ehCwxXgty9crW0x20LI="),
            ("X-Front-Request-Timestamp", "1700000000000"),
            ("X-Front-Challenge", "abc-123"),
        ];
        let answer = answered(&key, &headers, body, now).unwrap();
        assert_eq!((answer.status, &*answer.body), (200, r#"{"challenge":"abc-123"}"#));
        assert_eq!(answer.content_type, "application/json");
        assert!(answered(&key, &headers[..2].to_vec(), body, now).is_none(), "no challenge");
        let kind = refused(&key, &headers, r#"{"type":"sync"}"#, now);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
