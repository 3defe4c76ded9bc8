//! Tailscale: hex HMAC-SHA256 of `{timestamp}.{body}` in `Tailscale-Webhook-Signature: t=<seconds>,v1=<hex>`.
//!
//! The time may be 300 s off, as in Tailscale's example. Any of several `v1` may match. There is no delivery id: a
//! body holds a list of events. Answer 2xx, or later events are held back.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Tailscale Docs, "Webhooks"; tailscale/tailscale, `docs/webhooks/example.go`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Tailscale, as a type.
#[derive(Debug)]
pub enum Tailscale {}

impl SchemeProvider for Tailscale {
    const SCHEME: Scheme = stripe::scheme("tailscale", "tailscale-webhook-signature");
}

impl SignsTime for Tailscale {}

/// The webhook's secret, `tskey-webhook-…`, as text.
pub type Secret = crate::Key<Tailscale>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Tailscale>("Tailscale")
    .credential("webhook secret (`tskey-webhook-...`)", "the admin console, Settings, Webhooks")
    .documentation("https://tailscale.com/kb/1213/webhooks");

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
            "Tailscale-Webhook-Signature",
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn another_version_is_ignored() {
        let headers = [(
            "Tailscale-Webhook-Signature",
            "t=1700000000,v0=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
