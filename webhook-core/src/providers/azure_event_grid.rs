//! Azure Event Grid: a secret in the query of the endpoint's URL, and no signature.
//!
//! **A valid secret proves that Event Grid, or whoever saw the URL, sent the request, and nothing about the
//! body.** [`Delivery::covers_body`] is `false`. URLs are logged by proxies and servers: keep this one's
//! query out of logs.
//!
//! The user chooses a secret, registers the endpoint as `https://example.com/hook?code=<secret>`, and gives
//! it here. Only letters, digits, `-`, `.`, `_` and `~` need no escaping. Another parameter than `code` can
//! be chosen. Delivery with a token of Microsoft Entra is not supported: its issuer, audience and keys depend
//! on the tenant. Event Grid waits 30 s and sends again for up to 24 h, but **not after a 401**, which a
//! wrong secret is answered: set up dead-lettering. If a delivery holds a single event, its `id` is the
//! delivery's unsigned id.
//!
//! Event Grid tries an endpoint out, with the secret, and this module answers: a
//! `SubscriptionValidationEvent` with its code, and, for CloudEvents, an OPTIONS request of
//! `eventgrid.azure.net` with leave to send.
//!
//! In axum use `layer`, not `route_layer`: the handshake of CloudEvents is an OPTIONS request. In actix-web
//! wrap the middleware, or give the extractor's handler a `web::route()`.
//!
//! Source: Microsoft Learn, "Webhook event delivery" and "Secure webhook delivery", "Delivery and retry",
//! 2026-11.

use serde::Deserialize;

use crate::answer::Answer;
use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::keys::{KeyFormat, SecretText, Token};
use crate::provider::Provider;
use crate::registry::{Entry, Handwritten};
use crate::verify::{Checked, Verification, Verify, by_body};
use crate::{form, handshake};

const ORIGIN: &str = "eventgrid.azure.net";
const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// The secret in the endpoint's URL, as text.
#[derive(Debug, Clone)]
pub struct QuerySecret {
    parameter: String,
    token: Token,
}

impl QuerySecret {
    /// Takes the secret, which is the value of the parameter `code`.
    ///
    /// # Errors
    ///
    /// If the secret is empty.
    pub fn new(secret: &SecretText) -> Result<Self, SecretError> {
        let token = Token::new(&secret.decode(KeyFormat::Raw)?);
        Ok(Self { parameter: "code".to_owned(), token })
    }

    /// The name of the parameter, instead of `code`.
    #[must_use]
    pub fn in_parameter(mut self, name: impl Into<String>) -> Self {
        self.parameter = name.into();
        self
    }
}

impl Provider for QuerySecret {
    const NAME: &'static str = "azure_event_grid";
    const HINTS: &'static [&'static str] =
        &["aeg-event-type", "aeg-subscription-name", "aeg-delivery-count"];
}

pub(super) const ENTRY: Entry = Entry::handwritten::<QuerySecret>(
    "Azure Event Grid",
    Handwritten {
        signed: "nothing: the url's query holds the secret",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(QuerySecret::new),
        sign: None,
    },
)
.credential("query secret", "the endpoint's URL, as you registered it: the parameter `code`")
.documentation("https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery")
.retries("for up to 24 h; none after a 400, 401, 403 or 413")
.handshake("a validation event, answered with its code; for CloudEvents an OPTIONS request")
.answered_within(30)
.reads(&["aeg-event-type", "aeg-subscription-name", "aeg-delivery-count"]);

impl Verify for QuerySecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let query = form::query(head.target()).ok_or(VerifyErrorKind::MalformedSignature)?;
        let mut secrets = query.iter().filter(|(name, _)| *name == self.parameter.as_bytes());
        let (_, secret) = secrets.next().ok_or(VerifyErrorKind::MissingSignature)?;
        if secrets.next().is_some() {
            return Err(VerifyErrorKind::MalformedSignature.into());
        }
        if !bool::from(self.token.matches(secret)) {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        let origin = head.header("webhook-request-origin");
        if head.method() == "OPTIONS" && origin == Ok(Some(ORIGIN.as_bytes())) {
            let answer = Answer::ok().with_header("webhook-allowed-origin", ORIGIN);
            return Ok(Verification::handshake(answer));
        }
        Ok(by_body::<Self>(head, |body| {
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            if let Some(answer) = validation(body) {
                return Ok(Checked::Handshake { answer, delivery: Some(Box::new(delivery)) });
            }
            let one = serde_json::from_slice(body).map(|[event]: [Event; 1]| event);
            Ok(match one.or_else(|_| serde_json::from_slice(body)) {
                Ok(Event { id }) => delivery.with_id(&id, false),
                Err(_) => delivery,
            }
            .into())
        }))
    }
}

#[derive(Deserialize)]
struct Event {
    id: String,
}

fn validation(body: &[u8]) -> Option<Answer> {
    let json = handshake::candidate(body, VALIDATION)?;
    let event = json.get(0)?;
    let kind = event.get("eventType")?.as_str()?;
    let code = event.get("data")?.get("validationCode")?.as_str()?;
    // What may be repeated in an answer.
    Answer::echo(code.as_bytes()).filter(|_| kind == VALIDATION)?;
    Some(Answer::json(serde_json::json!({ "validationResponse": code }).to_string()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{UnixTime, VerifyErrorKind::*};

    fn check(
        method: &str,
        target: &str,
        origin: &str,
        body: &'static str,
    ) -> Result<Checked, VerifyErrorKind> {
        let secret = QuerySecret::new(&SecretText::new("s3cret").unwrap()).unwrap();
        let headers = [("WebHook-Request-Origin", origin)];
        let clock = Clock::at(UnixTime::from_secs(0));
        let verification = secret.begin(&Head::new(method, target, &headers), clock);
        let checked = verification.and_then(|verification| verification.finish(&Bytes::from(body)));
        checked.map_err(|error| error.kind())
    }

    #[test]
    fn the_query_holds_the_secret_once() {
        let event = r#"[{"id":"event-1","eventType":"a","data":{}}]"#;
        for (body, id) in [
            (event, Some("event-1")),
            (r#"{"specversion":"1.0","id":"event-2"}"#, Some("event-2")),
            (r#"[{"id":"event-1"},{"id":"event-2"}]"#, None),
            ("", None),
        ] {
            let delivery = check("POST", "/hook?a=b&code=s3cret", "", body).unwrap();
            let delivery = delivery.into_delivery().unwrap();
            assert_eq!((delivery.id(), delivery.covers_body()), (id, false));
        }
        for (target, kind) in [
            ("/hook", MissingSignature),
            ("/hook?Code=s3cret", MissingSignature),
            ("/hook?code=", InvalidSignature),
            ("/hook?code=s3creT", InvalidSignature),
            ("/hook?code=s3cret&code=s3cret", MalformedSignature),
        ] {
            assert_eq!(check("POST", target, "", event).unwrap_err(), kind, "{target}");
        }
    }

    #[test]
    fn a_probe_is_answered_if_it_has_the_secret() {
        let body = r#"[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}}]"#;
        let Ok(Checked::Handshake { answer, .. }) = check("POST", "/?code=s3cret", "", body) else {
            panic!("a handshake");
        };
        assert_eq!(answer.body, r#"{"validationResponse":"512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}"#);
        assert_eq!(check("POST", "/?code=other", "", body).unwrap_err(), InvalidSignature);

        let Ok(Checked::Handshake { answer, .. }) = check("OPTIONS", "/?code=s3cret", ORIGIN, "")
        else {
            panic!("a handshake");
        };
        assert_eq!(answer.headers, [("webhook-allowed-origin", ORIGIN.to_owned())]);
        let other = check("OPTIONS", "/?code=s3cret", "evil.example", "");
        assert!(matches!(other, Ok(Checked::Delivery(_))));
    }
}
