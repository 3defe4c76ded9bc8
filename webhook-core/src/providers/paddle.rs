//! Paddle: hex HMAC-SHA256 of `{timestamp}:{body}` in `Paddle-Signature: ts=<seconds>;h1=<hex>`.
//!
//! Paddle Billing; Paddle Classic signs otherwise. The separator is `;`. Any of several `h1` may match, as there are
//! while a secret is being replaced; others, such as `h2`, are ignored. The time may be 5 s off, as in Paddle's
//! libraries: a clock that is wrong by more refuses everything. There is no delivery id; the body's `event_id` is
//! signed and identifies the event.
//!
//! Source: Paddle Developer, "Verify webhook signatures"; paddle-node-sdk, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Paddle, as a type.
#[derive(Debug)]
pub enum Paddle {}

impl SchemeProvider for Paddle {
    const SCHEME: Scheme = Scheme::new("paddle", "paddle-signature")
        .fields(';', '=', "h1")
        .timestamp_field("ts")
        .tolerance_secs(5)
        .signs(&[Part::Timestamp, Part::Literal(":"), Part::Body])
        .body_id("event_id");
}

impl SignsTime for Paddle {}

/// The destination's secret key, `pdl_ntfset_…`, as text.
pub type Secret = crate::Key<Paddle>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Paddle>("Paddle")
    .credential(
        "endpoint secret key (`pdl_ntfset_...`)",
        "the dashboard, Developer Tools, Notifications, the destination",
    )
    .documentation("https://developer.paddle.com/webhooks/signature-verification");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: paddle-node-sdk, `webhooks-validator.node.test.ts`.
    const H1: &str = "28981e941fae76e53db32f3d2a83cb69db41476595e84e1970a1b5d98f62b261";
    const NOW: UnixTime = UnixTime::from_secs(1_698_796_800);

    #[test]
    fn any_h1_may_match_and_other_fields_are_ignored() {
        let secret = Secret::new("VALID_SECRET").unwrap();
        let zeros = "0".repeat(64);
        for value in [
            format!("ts=1698796800;h1={H1}"),
            format!("ts=1698796800;h1={H1};h1={zeros};h2=RANDOM_HASH"),
            format!("ts=1698796800;h1={zeros};h1={H1}"),
        ] {
            let headers = [("Paddle-Signature", &*value)];
            verified(&secret, &headers, r#"{"data": "value"}"#, NOW);
        }
    }

    #[test]
    fn a_comma_separates_nothing() {
        let value = format!("ts=1698796800,h1={H1}");
        let headers = [("Paddle-Signature", &*value)];
        let secret = Secret::new("VALID_SECRET").unwrap();
        let kind = refused(&secret, &headers, r#"{"data": "value"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
