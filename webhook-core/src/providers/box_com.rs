//! Box: base64 HMAC-SHA256 of `{body}{timestamp}` in `BOX-SIGNATURE-PRIMARY` and `BOX-SIGNATURE-SECONDARY`.
//!
//! Each header is signed with a key of its own, so that one key can be replaced while the other is in use: give both,
//! the second by `or_previous`. The time, `BOX-DELIVERY-TIMESTAMP`, is RFC 3339 and may be 600 s off. The id,
//! `BOX-DELIVERY-ID`, is not signed: whoever replays a captured request can change it. Other versions and algorithms
//! than `1` and `HmacSHA256` are refused.
//!
//! Source: Box Developer, "Webhook signatures"; box-node-sdk, `tests/lib/managers/webhooks-test.js`, 2026-11.

use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// Box, as a type.
#[derive(Debug)]
pub enum BoxCom {}

impl SchemeProvider for BoxCom {
    const SCHEME: Scheme = Scheme::new("box_com", "box-signature-primary")
        .more_signatures(&["box-signature-secondary"])
        .requires(&[("box-signature-version", "1"), ("box-signature-algorithm", "HmacSHA256")])
        .encoding(Encoding::Base64)
        .timestamp("box-delivery-timestamp")
        .unit(TimestampUnit::Rfc3339)
        .tolerance_secs(600)
        .delivery_id("box-delivery-id")
        .signs(&[Part::Body, Part::Timestamp]);
}

impl SignsTime for BoxCom {}

/// A signature key of the app, as text.
pub type SignatureKey = crate::Key<BoxCom>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<BoxCom>("Box")
    .credential(
        "primary signature key",
        "the Developer Console, the app, Webhooks, Manage signature keys",
    )
    .documentation("https://developer.box.com/guides/webhooks/v2/signatures-v2/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    /// Published: box-node-sdk, `webhooks-test.js`.
    const BODY: &str = r#"{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}"#;

    fn headers(version: &str) -> [(&str, &str); 6] {
        [
            ("BOX-DELIVERY-ID", "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f"),
            ("BOX-DELIVERY-TIMESTAMP", "2020-01-01T00:00:00-07:00"),
            ("BOX-SIGNATURE-ALGORITHM", "HmacSHA256"),
            ("BOX-SIGNATURE-PRIMARY", "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI="),
            ("BOX-SIGNATURE-SECONDARY", "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo="),
            ("BOX-SIGNATURE-VERSION", version),
        ]
    }

    #[test]
    fn either_key_is_enough() {
        let now = UnixTime::from_secs(1_577_862_000);
        for key in ["SamplePrimaryKey", "SampleSecondaryKey"] {
            let key = SignatureKey::new(key).unwrap();
            assert!(!verified(&key, &headers("1"), BODY, now).id_is_signed());
            let kind = refused(&key, &headers("2"), BODY, now);
            assert_eq!(kind, VerifyErrorKind::MalformedSignature);
        }
    }
}
