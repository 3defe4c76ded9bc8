//! Recurly: hex HMAC-SHA256 of `{timestamp}.{body}` in `recurly-signature: <milliseconds>,<hex>`.
//!
//! The first item is the time; any of the others may match. Both keys sign for 24 h after a rotation. The time may
//! be 300 s off, as in Recurly's libraries. There is no delivery id.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Recurly Docs, "Signature verification"; recurly-client-go, `webhook.go`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Recurly, as a type.
#[derive(Debug)]
pub enum Recurly {}

impl SchemeProvider for Recurly {
    const SCHEME: Scheme = Scheme::new("recurly", "recurly-signature")
        .positional(',')
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body]);
}

impl SignsTime for Recurly {}

/// The endpoint's secret key, as text.
pub type Secret = crate::Key<Recurly>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Recurly>("Recurly")
    .credential("webhook secret key", "the admin console, Integrations, Webhooks")
    .documentation("https://docs.recurly.com/recurly-subscriptions/docs/signature-verification");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn any_of_several_signatures_may_match() {
        // Ours: Python's `hmac` over `1700000000000.` and the body.
        let headers = [(
            "recurly-signature",
            "1700000000000,0000000000000000000000000000000000000000000000000000000000000000,e16286950df29b48698ddcaaecc16488bc858ce6a0a0acb267ab44f066250b84",
        )];
        verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn the_time_comes_first() {
        let headers = [(
            "recurly-signature",
            "e16286950df29b48698ddcaaecc16488bc858ce6a0a0acb267ab44f066250b84,1700000000000",
        )];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
