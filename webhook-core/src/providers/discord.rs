//! Discord: hex Ed25519 signature of `{timestamp}{body}` in `X-Signature-Ed25519`.
//!
//! The user holds the application's public key, hex, from the Developer Portal, General Information. The same
//! key serves interactions and webhook events. The time, in `X-Signature-Timestamp`, and the body are signed;
//! an id is not, but every interaction names its own in the body. Discord documents no tolerance; 300 s is
//! this crate's. It documents no rotation. An interaction must be answered within 3 s, and is not sent again.
//!
//! Discord tries an endpoint out with a signed PING, which this module answers: `{"type":1}` for
//! interactions, an empty 204 for webhook events. It also sends wrong signatures on purpose, which must be
//! answered 401, and are.
//!
//! No published vector: the test's signatures are ours, made with Python's `cryptography`.
//!
//! Source: Discord Developer Documentation, "Setting Up an Endpoint" and "Webhook Events";
//! discord-interactions-js, 2026-11.

use crate::answer::Answer;
use crate::delivery::Delivery;
use crate::handshake;
use crate::keys::{Algorithm, KeyFormat};
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme, Verifier};

/// Discord, as a type.
#[derive(Debug)]
pub enum Discord {}

impl SchemeProvider for Discord {
    const SCHEME: Scheme = Scheme::new("discord", "x-signature-ed25519")
        .algorithm(Algorithm::Ed25519)
        .key(KeyFormat::Hex)
        .timestamp("x-signature-timestamp")
        .signs(&[Part::Timestamp, Part::Body])
        .body_id("id")
        .handshake(pong);
}

impl SignsTime for Discord {}

/// The application's public key, in hex.
pub type PublicKey = crate::Key<Discord>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Discord>("Discord")
    .credential("public key", "the Developer Portal, the application, General Information")
    .documentation(
        "https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint",
    )
    .retries("none for interactions")
    .handshake("a signed PING: `{\"type\":1}` for interactions, an empty 204 for webhook events");

/// The type 1 is a PING among interactions, but an event among webhook events, whose PING is 0.
fn pong(_: &Verifier, delivery: &Delivery) -> Option<Answer> {
    let json = handshake::candidate(delivery.body(), "\"type\"")?;
    match json.get("type")?.as_u64()? {
        0 => Some(Answer { status: 204, ..Answer::ok() }),
        1 if json.get("event").is_none() => Some(Answer::json(r#"{"type":1}"#.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::providers::test::refused;
    use crate::{Checked, Clock, Head, UnixTime, Verify as _, VerifyErrorKind};

    const KEY: &str = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
    const PING: &str = "c1098e97d711377f30225d53d94b89d43537f92e5b3afaddc590781b1f9f9d4b2eeab335d370be3b9a090bc61a85b86448bc140dcd195f1569c2bff181257607";

    fn headers(signature: &str) -> [(&str, &str); 2] {
        [("X-Signature-Ed25519", signature), ("X-Signature-Timestamp", "1700000000")]
    }

    fn checked(body: &'static str, signature: &str) -> Checked {
        let headers = headers(signature);
        let key = PublicKey::new(KEY).unwrap();
        let verification = key.begin(&Head::new("POST", "/", &headers), Clock::at(NOW)).unwrap();
        verification.finish(&Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn both_pings_are_answered_and_events_are_not() {
        let answer = |body, signature| match checked(body, signature) {
            Checked::Handshake { answer, .. } => Some((answer.status, answer.body.into_owned())),
            Checked::Delivery(_) => None,
        };
        let pong = (200, r#"{"type":1}"#.to_owned());
        assert_eq!(answer(r#"{"type":1}"#, PING), Some(pong));
        let event_ping = "586e5d2c907ec33b8055a68418effa084a28babfe0c5b8f80ddd3198606d501ea173225ce602c3ed2330052cdc89691283270e104de5d6242003559406c22f03";
        assert_eq!(answer(r#"{"type":0}"#, event_ping), Some((204, String::new())));
        let event = "a04e92b53c1521ade3677ab906c073895b44b3abd022e994e3d0397dea38e5c06f4d69b12e026524252f6bbb23674396067842078e160771286863fcc443af08";
        assert_eq!(answer(r#"{"type":1,"event":{}}"#, event), None);
        let command = "581b292c54015ea94e743e5d00e423d13ea25ae0c239186839de7b25312010046ee100ad33101d5a61062e81529253f4d73b686d7fb1b3643cd2fabef95b4901";
        assert_eq!(answer(r#"{"type":2}"#, command), None);
    }

    #[test]
    fn a_forged_ping_is_refused() {
        let kind = refused(&PublicKey::new(KEY).unwrap(), &headers(PING), r#"{"type":0}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
