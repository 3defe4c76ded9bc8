//! Telnyx: base64 Ed25519 signature of `{timestamp}|{body}` in `telnyx-signature-ed25519`.
//!
//! The user holds the account's public key, base64, from the Mission Control Portal, Keys & Credentials. The
//! time, in `telnyx-timestamp`, and the body are signed. No delivery id is: the event's id is in the body,
//! below `data`. The SDKs accept times up to 300 s from now, which is the default here. Without a 200 Telnyx
//! sends the webhook to the failover URL.
//!
//! No published vector: the test's signature is ours, made with Python's `cryptography`.
//!
//! Source: Telnyx Developer Docs, "Receiving webhooks"; telnyx-python, `lib/webhook_verification.py`,
//! 2026-11.

use crate::keys::{Algorithm, Encoding, KeyFormat};
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Telnyx, as a type.
#[derive(Debug)]
pub enum Telnyx {}

impl SchemeProvider for Telnyx {
    const SCHEME: Scheme = Scheme::new("telnyx", "telnyx-signature-ed25519")
        .algorithm(Algorithm::Ed25519)
        .encoding(Encoding::Base64)
        .key(KeyFormat::Base64 { prefix: "" })
        .timestamp("telnyx-timestamp")
        .signs(&[Part::Timestamp, Part::Literal("|"), Part::Body]);
}

impl SignsTime for Telnyx {}

/// The account's public key, in base64.
pub type PublicKey = crate::Key<Telnyx>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Telnyx>("Telnyx")
    .credential("public key", "the Mission Control Portal, Keys & Credentials, Public Key")
    .documentation("https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks")
    .retries("to the failover URL");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const KEY: &str = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn the_time_and_the_body_are_signed() {
        let signature = "s+zz03T84b2uklZQ1rDgPx1Tv8KL+kTSIREoRYdNssP5WJCQhVeyHPhYQAMVY1nMDn0cs192kxvEvG6YQY1/Cw==";
        let headers = [("telnyx-signature-ed25519", signature), ("telnyx-timestamp", "1700000000")];
        let key = PublicKey::new(KEY).unwrap();
        assert_eq!(verified(&key, &headers, "{}", NOW).signed_at(), Some(NOW));
        assert_eq!(refused(&key, &headers, "{ }", NOW), VerifyErrorKind::InvalidSignature);
        let moved = [headers[0], ("telnyx-timestamp", "1700000001")];
        assert_eq!(refused(&key, &moved, "{}", NOW), VerifyErrorKind::InvalidSignature);
    }
}
