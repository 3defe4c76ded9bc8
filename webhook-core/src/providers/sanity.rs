//! Sanity: base64url HMAC-SHA256 of `{timestamp}.{body}` in `sanity-webhook-signature: t=<milliseconds>,v1=<base64url>`.
//!
//! The time may be 300 s off; Sanity's library checks none. The id header, `idempotency-key`, is not read. Sanity
//! sends again twice, 30 s apart, after a 429 or a 5xx.
//!
//! Source: Sanity Docs, "GROQ-powered webhooks"; sanity-io/webhook-toolkit, 2026-11.

use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;
use crate::timestamp::TimestampUnit;

/// Sanity, as a type.
#[derive(Debug)]
pub enum Sanity {}

impl SchemeProvider for Sanity {
    const SCHEME: Scheme = stripe::scheme("sanity", "sanity-webhook-signature")
        .encoding(Encoding::Base64Url)
        .unit(TimestampUnit::Milliseconds);
}

impl SignsTime for Sanity {}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Sanity>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Sanity>("Sanity")
    .credential("secret", "the project's management page, API, Webhooks")
    .documentation("https://www.sanity.io/docs/compute-and-ai/webhooks")
    .retries("twice, 30 s apart, after a 429 or a 5xx");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: webhook-toolkit, `test/signature.test.ts`.
    const V1: &str = "tLa470fx7qkLLEcMOcEUFuBbRSkGujyskxrNXcoh0N0";
    const NOW: UnixTime = UnixTime::from_millis(1_633_519_811_129);

    #[test]
    fn the_published_example_is_accepted() {
        let secret = Secret::new("test").unwrap();
        let value = format!("t=1633519811129,v1={V1}");
        let headers = [("sanity-webhook-signature", &*value)];
        let delivery = verified(&secret, &headers, r#"{"_id":"resume"}"#, NOW);
        assert_eq!(delivery.signed_at(), Some(NOW));
    }

    #[test]
    fn another_spelling_of_the_same_bytes_is_refused() {
        let secret = Secret::new("test").unwrap();
        for v1 in [V1.replace("0N0", "0N1"), format!("{V1}=")] {
            let value = format!("t=1633519811129,v1={v1}");
            let headers = [("sanity-webhook-signature", &*value)];
            let kind = refused(&secret, &headers, r#"{"_id":"resume"}"#, NOW);
            assert_eq!(kind, VerifyErrorKind::MalformedSignature, "{v1}");
        }
    }
}
