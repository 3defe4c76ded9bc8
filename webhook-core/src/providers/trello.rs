//! Trello: base64 HMAC-SHA1 of `{body}{url}` in `X-Trello-Webhook: <base64>`.
//!
//! The URL is the `callbackURL` that the webhook was created with, exactly as it was given. Neither a time nor an id
//! is signed: a captured request stays valid as long as the secret. The body's `action.id` identifies the event.
//!
//! Before a webhook is created, Trello sends an unsigned HEAD, which is answered with a 200; no handler sees it.
//!
//! In axum use `layer`, not `route_layer`: the handshake is a HEAD. In actix-web wrap the middleware, or give the
//! extractor's handler a `web::route()`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Atlassian Developer, "Trello webhooks", 2026-11.

use crate::answer::Answer;
use crate::keys::{Algorithm, Encoding};
use crate::provider::{SchemeProvider, SignsUrl};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Trello, as a type.
#[derive(Debug)]
pub enum Trello {}

impl SchemeProvider for Trello {
    const SCHEME: Scheme = Scheme::new("trello", "x-trello-webhook")
        .algorithm(Algorithm::HmacSha1)
        .encoding(Encoding::Base64)
        .signs(&[Part::Body, Part::Url])
        .challenge(|head| (head.method() == "HEAD").then(Answer::ok));
}

impl SignsUrl for Trello {}

/// The app's secret, as text, with the webhook's callback URL.
pub type AppSecret = crate::Key<Trello>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Trello>("Trello")
    .credential("secret", "the Power-Up's or app's page, API key")
    .documentation("https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/")
    .handshake("an unsigned HEAD, answered with 200");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bytes, Head, UnixTime, Verify as _, VerifyErrorKind};

    #[test]
    fn a_signature_of_ours_is_accepted_for_its_url() {
        // Ours: Python's `hmac` over the body and the URL.
        let headers = [("X-Trello-Webhook", "jFZ6BEcCn0KGDjj4PjY8SRZed3g=")];
        let body = Bytes::from_static(br#"{"id":"evt_1"}"#);
        let verify = |url| {
            let secret = AppSecret::for_url("key", url).unwrap();
            let head = Head::new("POST", "/trello", &headers);
            let outcome = secret.verify(&head, &body, UnixTime::from_secs(0));
            outcome.err().map(|error| error.kind())
        };
        assert_eq!(verify("https://example.com/trello"), None);
        assert_eq!(verify("https://example.com/other"), Some(VerifyErrorKind::InvalidSignature));
    }

    #[test]
    fn a_head_is_a_handshake_and_no_delivery() {
        let secret = AppSecret::for_url("key", "https://example.com/trello").unwrap();
        let (head, now) = (Head::new("HEAD", "/trello", &[("a", "b")]), UnixTime::from_secs(0));
        let verification = secret.begin(&head, crate::Clock::at(now)).unwrap();
        let checked = verification.finish(&Bytes::new()).unwrap();
        assert!(matches!(checked, crate::Checked::Handshake { delivery: None, .. }));
        let kind = secret.verify(&head, &Bytes::new(), now).unwrap_err().kind();
        assert_eq!(kind, VerifyErrorKind::MissingSignature);
    }
}
