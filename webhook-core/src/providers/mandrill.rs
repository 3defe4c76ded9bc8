//! Mandrill (Mailchimp Transactional): base64 HMAC-SHA1 of the URL and the sorted form fields in
//! `X-Mandrill-Signature`.
//!
//! The user holds the webhook's key, from Settings, Webhooks, and gives its URL exactly as it is registered,
//! query and user name included. The URL is signed, then every field of the form, sorted, as name and value
//! without separators. The events are the JSON in the field `mandrill_events`: handlers read the form first.
//! No time and no id is signed: a captured request stays valid as long as the key. As there are no
//! separators, whoever replays one can also move the boundaries between names, values and the URL's query;
//! the replay has the fingerprint of the original.
//!
//! Mandrill tries an endpoint out with an unsigned HEAD request, which this module answers.
//!
//! In axum use `layer`, not `route_layer`: the handshake is a HEAD. In actix-web wrap the middleware, or
//! give the extractor's handler a `web::route()`.
//!
//! No published vector: the test's signature is ours, made with Python's `hmac`.
//!
//! Source: Mailchimp Transactional, "How to Authenticate Webhook Requests"; django-anymail,
//! `webhooks/mandrill.py`, 2026-11.

use crate::answer::Answer;
use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError, VerifyErrorKind};
use crate::form;
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, PublicUrl, SignedHeaders};
use crate::verify::{Verification, Verify, by_body};

const SIGNATURE: &str = "x-mandrill-signature";

/// The webhook's key, as text, with the webhook's URL.
#[derive(Debug, Clone)]
pub struct WebhookKey {
    mac: Mac,
    url: PublicUrl,
}

impl WebhookKey {
    /// Takes the key, for requests to this URL.
    ///
    /// # Errors
    ///
    /// If the key is empty.
    pub fn new(key: &SecretText, url: PublicUrl) -> Result<Self, SecretError> {
        Ok(Self { mac: Mac::read(Algorithm::HmacSha1, key)?, url })
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let url = credentials.required_url()?;
        credentials.any_of(|key| Self::new(key, url.clone()))
    }

    /// Signs the body as a form, whatever it is.
    fn sign(
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        let key = credentials.required_url().and_then(|url| Self::new(credentials.current(), url));
        let Self { mac, url } = key.map_err(|_| SignErrorKind::Credentials)?;
        let fields = form::fields(outgoing.body).ok_or(SignErrorKind::Unsupported)?;
        let url = url.of_request(outgoing.target);
        let tag = mac.tag(&[url.as_bytes(), &form::sorted(fields, false)]);
        Ok(vec![
            (SIGNATURE, Encoding::Base64.encode(tag.as_bytes())),
            ("content-type", form::CONTENT_TYPE.to_owned()),
        ])
    }
}

impl Provider for WebhookKey {
    const NAME: &'static str = "mandrill";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<WebhookKey>(
    "Mandrill",
    Handwritten {
        signed: "url and sorted form",
        signs_id: false,
        signs_url: true,
        public_key: false,
        tolerance: None,
        verifier: WebhookKey::of,
        sign: Some(WebhookKey::sign),
    },
)
.credential("webhook key", "Settings, Webhooks, the column Key")
.documentation(
    "https://mandrill.zendesk.com/hc/en-us/articles/360039232513-How-to-Authenticate-Webhook-Requests",
)
.handshake("an unsigned HEAD request, answered 200")
    .reads(&["x-mandrill-signature"]);

impl Verify for WebhookKey {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        if head.method() == "HEAD" {
            return Ok(Verification::handshake(Answer::ok()));
        }
        let signature = Encoding::Base64
            .decode(head.required(SIGNATURE)?, Algorithm::HmacSha1.signature_len())
            .ok_or(VerifyErrorKind::MalformedSignature)?;
        let url = self.url.of_request(head.target());
        let mac = self.mac.clone();
        Ok(by_body::<Self>(head, move |body| {
            let invalid = VerifyErrorKind::InvalidSignature;
            let fields = form::sorted(form::fields(body).ok_or(invalid)?, false);
            let message = [url.as_bytes(), &fields].concat();
            if !bool::from(mac.tag(&[&message]).matches(&signature)) {
                return Err(invalid.into());
            }
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            Ok(delivery.with_signed_message(&[&message]).into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{Bytes, Checked, UnixTime};

    const NOW: UnixTime = UnixTime::from_secs(0);

    fn key() -> WebhookKey {
        let url = PublicUrl::new("https://user:pass@example.com/hook?a=1").unwrap();
        WebhookKey::new(&SecretText::new("abc").unwrap(), url).unwrap()
    }

    #[test]
    fn the_url_and_the_sorted_fields_are_signed() {
        let headers = [("X-Mandrill-Signature", "tHPgMIMEtIPEYSe2f1WP6DuVagc=")];
        verified(&key(), &headers, "mandrill_events=%5B%5D&a=b+c", NOW);
        let original = verified(&key(), &headers, "a=b%20c&mandrill_events=[]", NOW);
        let moved = verified(&key(), &headers, "ab=%20c&mandrill_=events[]", NOW);
        assert!(moved.fingerprints().eq(original.fingerprints()), "a replay");
        let kind = refused(&key(), &headers, "a=b&mandrill_events=[]", NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn only_head_requests_need_no_signature() {
        let none: [(&str, &str); 0] = [];
        let begin = |method| key().begin(&Head::new(method, "/", &none), Clock::at(NOW));
        let checked = begin("HEAD").unwrap().finish(&Bytes::new()).unwrap();
        assert!(matches!(checked, Checked::Handshake { delivery: None, .. }));
        for method in ["GET", "POST", "head"] {
            assert_eq!(begin(method).unwrap_err().kind(), VerifyErrorKind::MissingSignature);
        }
    }
}
