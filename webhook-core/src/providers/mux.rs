//! Mux: hex HMAC-SHA256 of `{timestamp}.{body}` in `Mux-Signature: t=<seconds>,v1=<hex>`.
//!
//! The time may be 300 s off, as in Mux' libraries. There is no delivery id; the event's own `id` is in the signed
//! body.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Mux Docs, "Verify webhook signatures"; mux-node-sdk, `src/resources/webhooks/webhooks.ts`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Mux, as a type.
#[derive(Debug)]
pub enum Mux {}

impl SchemeProvider for Mux {
    const SCHEME: Scheme = stripe::scheme("mux", "mux-signature").body_id("id");
}

impl SignsTime for Mux {}

/// The webhook's signing secret, as text.
pub type Secret = crate::Key<Mux>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Mux>("Mux")
    .credential("signing secret", "the dashboard, Settings, Webhooks")
    .documentation("https://www.mux.com/docs/core/verify-webhook-signatures");

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
            "Mux-Signature",
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn another_version_is_ignored() {
        let headers = [(
            "Mux-Signature",
            "t=1700000000,v0=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
