//! Sinch: base64 HMAC-SHA256 of `{body}.{nonce}.{timestamp}` in `x-sinch-webhook-signature: <base64>`.
//!
//! Webhooks of the Conversation API and of those that sign alike. The nonce, `x-sinch-webhook-signature-nonce`, is
//! signed; it is one of the signature, not the delivery's id, of which there is none. A nonce with a `.` is refused,
//! since the end of the body could be moved into it. The time, `x-sinch-webhook-signature-timestamp`, may be 300 s
//! off; the documentation names no limit.
//!
//! Source: sinch-sdk-python, the tests of the Conversation API's webhooks; sinch-sdk-dotnet, `HmacAuthenticationValidation`, 2026-11.

use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Sinch, as a type.
#[derive(Debug)]
pub enum Sinch {}

impl SchemeProvider for Sinch {
    const SCHEME: Scheme = Scheme::new("sinch", "x-sinch-webhook-signature")
        .encoding(Encoding::Base64)
        .timestamp("x-sinch-webhook-signature-timestamp")
        .signs(&[
            Part::Body,
            Part::Literal("."),
            Part::Header("x-sinch-webhook-signature-nonce"),
            Part::Literal("."),
            Part::Timestamp,
        ]);
}

impl SignsTime for Sinch {}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Sinch>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Sinch>("Sinch")
    .credential("webhook secret", "the request or form that created the webhook")
    .documentation("https://developers.sinch.com/docs/conversation/callbacks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NONCE: &str = "01FJA8B4A7BM43YGWSG9GBV067";
    /// Published: sinch-sdk-python, the tests of the Conversation API's webhooks.
    const BODY: &str = r#"{"app_id":"01EB37HMH1M6SV18BSNS3G135H","accepted_time":"2020-11-17T15:09:11.659Z","project_id":"c36f3d3d-1513-2edd-ae42-11995557ff61","message_delivery_report":{"message_id":"01EQBC1A3BEK731GY4YXEN0C2R","conversation_id":"01EPYATA64TMNZ1FV02JKF12JF","status":"QUEUED_ON_CHANNEL","contact_id":"01EXA07N79THJ20WSN6AS30TMW"}}"#;

    fn headers(nonce: &str) -> [(&str, &str); 3] {
        [
            ("x-sinch-webhook-signature", "Yc+3R1pIS78xLASybulhs8BsSo9BPB3Pr92QCUoczfk="),
            ("x-sinch-webhook-signature-nonce", nonce),
            ("x-sinch-webhook-signature-timestamp", "1634579353"),
        ]
    }

    #[test]
    fn the_published_example_is_accepted_with_its_nonce() {
        let secret = Secret::new("foo_secret1234").unwrap();
        let now = UnixTime::from_secs(1_634_579_353);
        verified(&secret, &headers(NONCE), BODY, now);
        let kind = refused(&secret, &headers("other"), BODY, now);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn the_bodys_end_cannot_be_moved_into_the_nonce() {
        let secret = Secret::new("foo_secret1234").unwrap();
        let now = UnixTime::from_secs(1_634_579_353);
        let (body, end) = BODY.split_once('.').unwrap();
        let nonce = format!("{end}.{NONCE}");
        let kind = refused(&secret, &headers(&nonce), body, now);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
