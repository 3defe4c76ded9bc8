//! Twitch EventSub: hex HMAC-SHA256 of `{id}{timestamp}{body}` in `Twitch-Eventsub-Message-Signature: sha256=<hex>`.
//!
//! The id, `Twitch-Eventsub-Message-Id`, is signed, and stays the same when a message is sent again. The time,
//! `Twitch-Eventsub-Message-Timestamp`, is RFC 3339 and may be 600 s off. The message's type,
//! `Twitch-Eventsub-Message-Type`, is not signed: it is a hint, as is the subscription's type. Twitch revokes a
//! subscription whose deliveries fail for long.
//!
//! Before a subscription begins, Twitch sends a signed challenge. It is echoed, and no handler sees it.
//!
//! No vector published by Twitch: the test's are the crate `twitch_api`'s, for bodies that the Twitch CLI wrote.
//!
//! Source: Twitch Developers, "Handling webhook events"; twitch-cli, `forward_event.go`; twitch-rs/twitch_api, 2026-11.

use crate::answer::Answer;
use crate::handshake;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Twitch EventSub, as a type.
#[derive(Debug)]
pub enum Twitch {}

impl SchemeProvider for Twitch {
    const SCHEME: Scheme = Scheme::new("twitch", "twitch-eventsub-message-signature")
        .prefix("sha256=")
        .timestamp("twitch-eventsub-message-timestamp")
        .unit(TimestampUnit::Rfc3339)
        .tolerance_secs(600)
        .delivery_id("twitch-eventsub-message-id")
        .signs(&[Part::Id, Part::Timestamp, Part::Body])
        .hints(&[
            "twitch-eventsub-message-type",
            "twitch-eventsub-message-retry",
            "twitch-eventsub-subscription-type",
        ])
        .handshake(|_, delivery| {
            // By the body: the header that names the message's type is not signed.
            let json = handshake::candidate(delivery.body(), "webhook_callback_verification")?;
            let status = json.pointer("/subscription/status")?;
            let challenge = json.get("challenge")?.as_str()?;
            (status == "webhook_callback_verification_pending")
                .then(|| Answer::echo(challenge.as_bytes()))?
        });
}

impl SignsTime for Twitch {}

/// The subscription's secret, as text.
pub type Secret = crate::Key<Twitch>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Twitch>("Twitch EventSub")
    .credential("secret", "the request that created the subscription")
    .documentation("https://dev.twitch.tv/docs/eventsub/handling-webhook-events/")
    .handshake("a signed challenge, which is echoed");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{answered, refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const ID: &str = "8d8fa82b-9792-79da-4e11-a6fa58a7a582";
    /// The crate `twitch_api`, `src/eventsub/mod.rs`.
    const SIGNATURE: &str =
        "sha256=091f6a5c74fba820f2d50e9d0c5e7650556ee009375af2cc662e610e670bc412";
    const BODY: &str = r#"{"challenge":"11535768-497e-14ec-8197-ba2cb5341a01","subscription":{"id":"8d8fa82b-9792-79da-4e11-a6fa58a7a582","status":"webhook_callback_verification_pending","type":"channel.subscribe","version":"1","condition":{"broadcaster_user_id":"88525095"},"transport":{"method":"webhook","callback":"http://localhost:80/twitch/eventsub"},"created_at":"2022-02-06T04:03:24.2706497Z","cost":0}}"#;

    fn headers(id: &str) -> [(&str, &str); 3] {
        [
            ("Twitch-Eventsub-Message-Id", id),
            ("Twitch-Eventsub-Message-Timestamp", "2022-02-06T04:03:24.2726598Z"),
            ("Twitch-Eventsub-Message-Signature", SIGNATURE),
        ]
    }

    #[test]
    fn a_signed_challenge_is_echoed() {
        let secret = Secret::new("HELLOabc2321").unwrap();
        let now = UnixTime::from_secs(1_644_120_204);
        let answer = answered(&secret, &headers(ID), BODY, now).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.content_type, "text/plain");
        assert_eq!(answer.body, "11535768-497e-14ec-8197-ba2cb5341a01");
        let delivery = verified(&secret, &headers(ID), BODY, now);
        assert!(delivery.id_is_signed());
        // Nothing is signed between the id and the time: a part of the body could be read as the id's end.
        let moved = format!("{ID}2022-02-06T04:03:24.2726598Z{{\"challenge\":\"");
        let kind = refused(&secret, &headers(&moved), "", now);
        assert_eq!(kind, VerifyErrorKind::InvalidDeliveryId);
        let other = ID.replace("8d8f", "9d8f");
        let kind = refused(&secret, &headers(&other), BODY, now);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
