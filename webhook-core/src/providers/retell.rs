//! Retell AI: hex HMAC-SHA256 of `{body}{timestamp}` in `X-Retell-Signature: v=<milliseconds>,d=<hex>`.
//!
//! `v` is the time, not a version; it may be 300 s off, as in Retell's libraries. There is no delivery id. The secret
//! is the API key that has a webhook badge in the dashboard.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Retell AI Docs, "Secure the webhook"; retell-typescript-sdk, `src/lib/webhook_auth.ts`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Retell AI, as a type.
#[derive(Debug)]
pub enum Retell {}

impl SchemeProvider for Retell {
    const SCHEME: Scheme = Scheme::new("retell", "x-retell-signature")
        .fields(',', '=', "d")
        .timestamp_field("v")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Body, Part::Timestamp]);
}

impl SignsTime for Retell {}

/// The API key with the webhook badge, as text.
pub type ApiKey = crate::Key<Retell>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Retell>("Retell AI")
    .credential("API key with the webhook badge", "the dashboard, API Keys")
    .documentation("https://docs.retellai.com/features/secure-webhook");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over the body and `1700000000000`.
        let headers = [(
            "X-Retell-Signature",
            "v=1700000000000,d=48dfe515370f251f1df32c886089019f9953b4b83d2b2a9d2206981874ed691d",
        )];
        verified(&ApiKey::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn the_time_is_signed_behind_the_body() {
        let headers = [(
            "X-Retell-Signature",
            "v=1700000000000,d=f4f8e01f8379cba985252d1dc1151ac2ab99ca469cf90a39d84a2befd96f87ea",
        )];
        let kind = refused(&ApiKey::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
