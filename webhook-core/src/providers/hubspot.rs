//! HubSpot: base64 HMAC-SHA256 of `{method}{url}{body}{timestamp}` in `X-HubSpot-Signature-v3: <base64>`.
//!
//! Version 3; `hubspot_v1` and `hubspot_v2` are older and weaker. The time, `X-HubSpot-Request-Timestamp`, is in
//! milliseconds and may be 300 s off. There is no delivery id: a body is a list of events, each with its `eventId`.
//! HubSpot's documentation decodes some escapes of the URL before it signs it, its libraries do not, and neither does
//! this: keep escapes out of the URL.
//!
//! Source: HubSpot Developers, "Validating requests"; hubspot-api-python, `tests/spec/utils/test_signature.py`, 2026-11.

use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsTime, SignsUrl};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};
use crate::timestamp::TimestampUnit;

/// HubSpot, as a type.
#[derive(Debug)]
pub enum HubSpot {}

impl SchemeProvider for HubSpot {
    const SCHEME: Scheme = Scheme::new("hubspot", "x-hubspot-signature-v3")
        .encoding(Encoding::Base64)
        .timestamp("x-hubspot-request-timestamp")
        .unit(TimestampUnit::Milliseconds)
        .signs(&[Part::Method, Part::Url, Part::Body, Part::Timestamp]);
}

impl SignsTime for HubSpot {}

impl SignsUrl for HubSpot {}

/// The app's client secret, as text, with the URL that HubSpot sends to.
pub type ClientSecret = crate::Key<HubSpot>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<HubSpot>("HubSpot")
    .credential("client secret", "the app's settings, Auth")
    .documentation("https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bytes, Head, UnixTime, Verify as _, VerifyErrorKind};

    #[test]
    fn the_published_example_is_accepted_for_its_method_and_url() {
        // Published: hubspot-api-python, `test_signature.py`.
        let headers = [
            ("X-HubSpot-Signature-v3", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
            ("X-HubSpot-Request-Timestamp", "1693657560000"),
        ];
        let body = Bytes::from_static(b"{'example_field':'example_value'}");
        let verify = |method, url| {
            let secret =
                ClientSecret::for_url("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", url).unwrap();
            let head = Head::new(method, "/webhook_uri", &headers);
            let outcome = secret.verify(&head, &body, UnixTime::from_secs(1_693_657_560));
            outcome.err().map(|error| error.kind())
        };
        let invalid = Some(VerifyErrorKind::InvalidSignature);
        assert_eq!(verify("POST", "https://www.example.com/webhook_uri"), None);
        assert_eq!(verify("POST", "https://www.example.com"), None, "the path is the request's");
        assert_eq!(verify("POST", "https://www.example.org/webhook_uri"), invalid);
        assert_eq!(verify("PUT", "https://www.example.com/webhook_uri"), invalid);
    }
}
