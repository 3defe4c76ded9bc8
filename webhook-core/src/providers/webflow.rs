//! Webflow: hex HMAC-SHA256 of `{timestamp}:{body}` in `x-webflow-signature: <hex>`.
//!
//! Webhooks that were created in the dashboard or with a site token are not signed. The time, `x-webflow-timestamp`,
//! is in milliseconds and may be 300 s off. There is no delivery id.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Webflow Developers, "Verifying requests", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Webflow, as a type.
#[derive(Debug)]
pub enum Webflow {}

impl SchemeProvider for Webflow {
    const SCHEME: Scheme = Scheme::new("webflow", "x-webflow-signature")
        .timestamp("x-webflow-timestamp")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Timestamp, Part::Literal(":"), Part::Body]);
}

impl SignsTime for Webflow {}

/// The OAuth app's client secret, as text.
pub type ClientSecret = crate::Key<Webflow>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Webflow>("Webflow")
    .credential("client secret", "the workspace's settings, Apps & Integrations, the app")
    .documentation("https://developers.webflow.com/data/docs/working-with-webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `1700000000000:` and the body.
        let headers = [
            ("x-webflow-timestamp", "1700000000000"),
            (
                "x-webflow-signature",
                "d0a4a4dcf880d700daaf661ea8ae481ee79ed6ad224393fa03fa2cbe7af10cf9",
            ),
        ];
        verified(&ClientSecret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn a_dot_is_another_scheme() {
        let headers = [
            ("x-webflow-timestamp", "1700000000000"),
            (
                "x-webflow-signature",
                "e16286950df29b48698ddcaaecc16488bc858ce6a0a0acb267ab44f066250b84",
            ),
        ];
        let kind = refused(&ClientSecret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
