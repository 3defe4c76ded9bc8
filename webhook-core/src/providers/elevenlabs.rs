//! ElevenLabs: hex HMAC-SHA256 of `{timestamp}.{body}` in `ElevenLabs-Signature: t=<seconds>,v0=<hex>`.
//!
//! The version is `v0`. The time may be 1800 s off, as in ElevenLabs' libraries. There is no delivery id. ElevenLabs
//! waits 10 s for a 200, and disables a webhook that failed ten times in a row.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: ElevenLabs Docs, "Post-call webhooks"; elevenlabs-js, `src/wrapper/webhooks.ts`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// ElevenLabs, as a type.
#[derive(Debug)]
pub enum ElevenLabs {}

impl SchemeProvider for ElevenLabs {
    const SCHEME: Scheme = stripe::scheme("elevenlabs", "elevenlabs-signature")
        .fields(',', '=', "v0")
        .tolerance_secs(1800);
}

impl SignsTime for ElevenLabs {}

/// The webhook's secret, as text.
pub type Secret = crate::Key<ElevenLabs>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<ElevenLabs>("ElevenLabs")
    .credential("webhook secret", "the response that created the webhook")
    .documentation("https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks")
    .answered_within(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `1700000000.` and the body.
        let headers = [(
            "ElevenLabs-Signature",
            "t=1700000000,v0=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn a_v1_is_ignored() {
        let headers = [(
            "ElevenLabs-Signature",
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
