//! Square: base64 HMAC-SHA256 of `{url}{body}` in `x-square-hmacsha256-signature: <base64>`.
//!
//! The URL is the notification URL of the dashboard, exactly as it stands there. No time is signed: a captured
//! request stays valid as long as the key. There is no delivery id header; the body's `event_id` is signed and
//! identifies the event. The key looks like base64 and is used as text.
//!
//! Source: Square Developer, "Validate notifications"; square-nodejs-sdk, `tests/integration/webhooks.test.ts`, 2026-11.

use crate::keys::Encoding;
use crate::provider::{SchemeProvider, SignsUrl};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Square, as a type.
#[derive(Debug)]
pub enum Square {}

impl SchemeProvider for Square {
    const SCHEME: Scheme = Scheme::new("square", "x-square-hmacsha256-signature")
        .encoding(Encoding::Base64)
        .signs(&[Part::Url, Part::Body])
        .body_id("event_id");
}

impl SignsUrl for Square {}

/// The subscription's signature key, as text, with its notification URL.
pub type SignatureKey = crate::Key<Square>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Square>("Square")
    .credential("signature key", "the Developer Console, Webhooks, the subscription")
    .documentation("https://developer.squareup.com/docs/webhooks/step3validate");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bytes, Head, UnixTime, Verify as _, VerifyErrorKind};

    #[test]
    fn the_published_example_is_accepted_for_its_url() {
        // Published: square-nodejs-sdk, `webhooks.test.ts`.
        let headers =
            [("x-square-hmacsha256-signature", "W3FlCNk5IA3ZQ2LHTWoajvzfaDu/OwY2tNHIHC3IUOA=")];
        let body = Bytes::from_static(br#"{"data":{"type":"webhooks","id":"fake_id"}}"#);
        let verify = |url| {
            let key = SignatureKey::for_url("signature-key", url).unwrap();
            let head = Head::new("POST", "/webhooks", &headers);
            let outcome = key.verify(&head, &body, UnixTime::from_secs(0));
            outcome.err().map(|error| error.kind())
        };
        assert_eq!(verify("https://webhook.site/webhooks"), None);
        assert_eq!(
            verify("https://webhook.site/webhooks/"),
            Some(VerifyErrorKind::InvalidSignature)
        );
    }
}
