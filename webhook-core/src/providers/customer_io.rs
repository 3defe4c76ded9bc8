//! Customer.io: hex HMAC-SHA256 of `v0:{timestamp}:{body}` in `X-CIO-Signature: <hex>`.
//!
//! The time, `X-CIO-Timestamp`, may be 300 s off; the documentation names no limit. There is no delivery id; the
//! `event_id` of a reporting webhook's body is signed and identifies the event. Customer.io waits 4 s.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Customer.io Docs, "Reporting webhooks", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Customer.io, as a type.
#[derive(Debug)]
pub enum CustomerIo {}

impl SchemeProvider for CustomerIo {
    const SCHEME: Scheme = Scheme::new("customer_io", "x-cio-signature")
        .timestamp("x-cio-timestamp")
        .signs(&[Part::Literal("v0:"), Part::Timestamp, Part::Literal(":"), Part::Body])
        .body_id("event_id");
}

impl SignsTime for CustomerIo {}

/// The webhook's signing key, as text.
pub type SigningKey = crate::Key<CustomerIo>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<CustomerIo>("Customer.io")
    .credential("webhook signing key", "the reporting webhook's settings")
    .documentation("https://docs.customer.io/integrations/api/webhooks/")
    .answered_within(4);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `v0:1700000000:` and the body.
        let headers = [
            ("X-CIO-Timestamp", "1700000000"),
            ("X-CIO-Signature", "c1010a80ca3523a8da29f0354dff8416207f2aedb7a73c25fb1aab580401b301"),
        ];
        verified(&SigningKey::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn the_version_is_part_of_what_is_signed_and_not_of_the_header() {
        let headers = [
            ("X-CIO-Timestamp", "1700000000"),
            (
                "X-CIO-Signature",
                "v0=c1010a80ca3523a8da29f0354dff8416207f2aedb7a73c25fb1aab580401b301",
            ),
        ];
        let kind = refused(&SigningKey::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
