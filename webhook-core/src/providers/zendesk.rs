//! Zendesk: base64 HMAC-SHA256 of `{timestamp}{body}` in `X-Zendesk-Webhook-Signature: <base64>`.
//!
//! The time, `X-Zendesk-Webhook-Signature-Timestamp`, is RFC 3339 and may be 300 s off; the documentation names no
//! limit. There is no signed id. Webhooks that send a GET or DELETE have no body, and are signed all the same. The
//! secret looks like base64 and is used as text.
//!
//! An older page of the documentation signs the parts the other way round: see `zendesk_2021`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Zendesk Developer, "Verifying webhook authenticity", 2026-11.

use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Zendesk, as a type.
#[derive(Debug)]
pub enum Zendesk {}

/// The headers, which did not change.
pub(super) const fn scheme(name: &'static str) -> Scheme {
    Scheme::new(name, "x-zendesk-webhook-signature")
        .encoding(Encoding::Base64)
        .timestamp("x-zendesk-webhook-signature-timestamp")
        .unit(TimestampUnit::Rfc3339)
}

impl SchemeProvider for Zendesk {
    const SCHEME: Scheme = scheme("zendesk").signs(&[Part::Timestamp, Part::Body]);
}

impl SignsTime for Zendesk {}

/// The webhook's signing secret, as text.
pub type SigningSecret = crate::Key<Zendesk>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Zendesk>("Zendesk")
    .credential("signing secret", "the Admin Center, Webhooks, the webhook's details")
    .documentation("https://developer.zendesk.com/documentation/webhooks/verifying/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `2023-11-14T22:13:20Z` and the body.
        let headers = [
            ("X-Zendesk-Webhook-Signature-Timestamp", "2023-11-14T22:13:20Z"),
            ("X-Zendesk-Webhook-Signature", "ERZIL1z1pjEQNKY8EB4mEXU8qcvq2DYhKBFeQh7tAEk="),
        ];
        verified(&SigningSecret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn the_order_of_2021_is_another_scheme() {
        let headers = [
            ("X-Zendesk-Webhook-Signature-Timestamp", "2023-11-14T22:13:20Z"),
            ("X-Zendesk-Webhook-Signature", "d5dOUmCbfocIeqGrP5c+CyyfueiJ7GSp8Ip77V8cGYM="),
        ];
        let kind = refused(&SigningSecret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
