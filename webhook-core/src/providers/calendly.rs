//! Calendly: hex HMAC-SHA256 of `{timestamp}.{body}` in `Calendly-Webhook-Signature: t=<seconds>,v1=<hex>`.
//!
//! The time may be 180 s off, which Calendly recommends. There is no delivery id. Each subscription has a key of its
//! own, which you choose when you create it.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Calendly Developer, "Webhook signatures", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Calendly, as a type.
#[derive(Debug)]
pub enum Calendly {}

impl SchemeProvider for Calendly {
    const SCHEME: Scheme =
        stripe::scheme("calendly", "calendly-webhook-signature").tolerance_secs(180);
}

impl SignsTime for Calendly {}

/// The subscription's signing key, as text.
pub type SigningKey = crate::Key<Calendly>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Calendly>("Calendly")
    .credential("signing key", "the request that created the webhook subscription")
    .documentation("https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures");

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
            "Calendly-Webhook-Signature",
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        verified(&SigningKey::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn another_version_is_ignored() {
        let headers = [(
            "Calendly-Webhook-Signature",
            "t=1700000000,v0=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&SigningKey::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
