//! Whereby: hex HMAC-SHA256 of `{timestamp}.{body}` in `Whereby-Signature: t=<seconds>,v1=<hex>`.
//!
//! The time may be 300 s off; Whereby asks for a check and names no limit. There is no delivery id.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Whereby Docs, "Webhooks", "Validating events", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Whereby, as a type.
#[derive(Debug)]
pub enum Whereby {}

impl SchemeProvider for Whereby {
    const SCHEME: Scheme = stripe::scheme("whereby", "whereby-signature");
}

impl SignsTime for Whereby {}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Whereby>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Whereby>("Whereby")
    .credential("webhook secret", "the dashboard, where the webhook is created or edited")
    .documentation(
        "https://docs.whereby.com/meeting-content-and-quality/insights-suite-and-api/webhooks",
    );

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
            "Whereby-Signature",
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn another_version_is_ignored() {
        let headers = [(
            "Whereby-Signature",
            "t=1700000000,v0=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
