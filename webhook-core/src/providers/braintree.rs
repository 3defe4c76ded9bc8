//! Braintree: hex HMAC-SHA1 of the form field `bt_payload`, in the field `bt_signature`.
//!
//! The user holds an API key pair, from the Control Panel, Settings, API, given as `<public key>:<private
//! key>`. The MAC's key is the SHA-1 of the private key. `bt_signature` is a list of `<public
//! key>|<signature>`; the one of this public key counts. Only `bt_payload`, the base64 of the notification's
//! XML, is signed, and a form with other fields is refused. No time and no id is signed apart from that: a
//! captured request stays valid as long as the key. Braintree waits 30 s and sends again every hour, for up
//! to 24 h, or 3 h in the sandbox.
//!
//! Braintree tries an endpoint out with an unsigned GET with `bt_challenge`, which this module answers as the
//! SDKs do: with the MAC of a challenge that is 20 to 32 lower-case hex digits. Anybody can ask for one, so a
//! payload that looks like a challenge is refused.
//!
//! In axum use `layer`, not `route_layer`: the handshake is a GET. In actix-web wrap the middleware, or
//! give the extractor's handler a `web::route()`.
//!
//! No published vector that is valid: the test's signature was made by the official `braintree` package for
//! Python.
//!
//! Source: Braintree Developer Docs, "Webhooks"; `braintree_python`, `webhook_notification_gateway.py`,
//! 2026-11.

use sha1::{Digest as _, Sha1};

use crate::answer::Answer;
use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SecretErrorKind, VerifyError, VerifyErrorKind};
use crate::form;
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Entry, Handwritten};
use crate::verify::{Verification, Verify, by_body};

/// A stranger decides how many signatures there are, and each costs two comparisons.
const MAX_SIGNATURES: usize = 16;

/// An API key pair: `<public key>:<private key>`.
#[derive(Debug, Clone)]
pub struct KeyPair {
    public: String,
    mac: Mac,
}

impl KeyPair {
    /// Takes `<public key>:<private key>`.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::Undecodable`] if that is not two texts with a colon between them.
    pub fn new(pair: &SecretText) -> Result<Self, SecretError> {
        let halves = pair.as_str().split_once(':');
        let halves = halves.filter(|(public, private)| !public.is_empty() && !private.is_empty());
        let key = halves.and_then(|(public, private)| {
            let mac = Mac::new(Algorithm::HmacSha1, &Sha1::digest(private))?;
            Some(Self { public: public.to_owned(), mac })
        });
        key.ok_or_else(|| {
            pair.error(SecretErrorKind::Undecodable).expecting("`<public key>:<private key>`")
        })
    }

    /// The MAC of a challenge, unless it could be a payload.
    fn challenge(&self, head: &Head<'_>) -> Option<Answer> {
        let query = form::query(head.target()).filter(|_| head.method() == "GET")?;
        let challenge = form::single(&query, "bt_challenge")?;
        let tag = is_challenge(challenge).then(|| self.mac.tag(&[challenge]))?;
        let mac = Encoding::Hex.encode(tag.as_bytes());
        Answer::echo(format!("{}|{mac}", self.public).as_bytes())
    }
}

fn is_challenge(text: &[u8]) -> bool {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (20..=32).contains(&text.len()) && text.iter().all(is_hex)
}

impl Provider for KeyPair {
    const NAME: &'static str = "braintree";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<KeyPair>(
    "Braintree",
    Handwritten {
        signed: "the form's `bt_payload`",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(KeyPair::new),
        sign: None,
    },
)
.credential("API key pair (`<public key>:<private key>`)", "the Control Panel, Settings, API")
.documentation("https://developer.paypal.com/braintree/docs/guides/webhooks/overview")
.retries("every hour for up to 24 h; 3 h in the sandbox")
.handshake("an unsigned GET with `bt_challenge`, answered with its MAC")
.answered_within(30);

impl Verify for KeyPair {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        if let Some(answer) = self.challenge(head) {
            return Ok(Verification::handshake(answer));
        }
        let key = self.clone();
        Ok(by_body::<Self>(head, move |body| {
            let fields = form::fields(body).ok_or(VerifyErrorKind::InvalidSignature)?;
            let field = |name| form::single(&fields, name).ok_or(VerifyErrorKind::MissingSignature);
            let (signatures, payload) = (field("bt_signature")?, field("bt_payload")?);
            let count = signatures.split(|byte| *byte == b'&').count();
            if fields.len() != 2 || count > MAX_SIGNATURES || is_challenge(payload.trim_ascii()) {
                return Err(VerifyErrorKind::MalformedSignature.into());
            }
            // The SDKs accept a payload that lost its last line feed.
            let tags = [key.mac.tag(&[payload]), key.mac.tag(&[payload, b"\n"])];
            let is_signed = signatures
                .split(|byte| *byte == b'&')
                .filter_map(|pair| pair.strip_prefix(key.public.as_bytes())?.strip_prefix(b"|"))
                .any(|signature| tags.iter().any(|tag| tag.is_text(Encoding::Hex, signature)));
            if !is_signed {
                return Err(VerifyErrorKind::InvalidSignature.into());
            }
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            Ok(delivery.with_signed_message(&[payload.trim_ascii_end()]).into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{Bytes, Checked, UnixTime};

    /// Made by the `braintree` package 4.48.0, `webhook_testing.sample_notification`.
    const SIGNATURE: &str = "f87c3d527cd5d43df6d852ff1777854a48a18ecf";
    const PAYLOAD: &str = "CiAgICAgICAgICAgIDxub3RpZmljYXRpb24%2BCiAgICAgICAgICAgICAgICA8dGltZXN0YW1wIHR5%0AcGU9ImRhdGV0aW1lIj4yMDI2LTExLTIxVDIzOjQzOjUyWjwvdGltZXN0YW1wPgogICAgICAgICAg%0AICAgICAgPGtpbmQ%2Bc3Vic2NyaXB0aW9uX3dlbnRfcGFzdF9kdWU8L2tpbmQ%2BCiAgICAgICAgICAg%0AICAgICAKICAgICAgICAgICAgICAgIDxzdWJqZWN0PgogICAgICAgICAgICA8c3Vic2NyaXB0aW9u%0APgogICAgICAgICAgICAgICAgPGlkPm15X2lkPC9pZD4KICAgICAgICAgICAgICAgIDx0cmFuc2Fj%0AdGlvbnMgdHlwZT0iYXJyYXkiPjwvdHJhbnNhY3Rpb25zPgogICAgICAgICAgICAgICAgPGFkZF9v%0AbnMgdHlwZT0iYXJyYXkiPjwvYWRkX29ucz4KICAgICAgICAgICAgICAgIDxkaXNjb3VudHMgdHlw%0AZT0iYXJyYXkiPjwvZGlzY291bnRzPgogICAgICAgICAgICA8L3N1YnNjcmlwdGlvbj4KICAgICAg%0AICA8L3N1YmplY3Q%2BCiAgICAgICAgICAgIDwvbm90aWZpY2F0aW9uPgogICAgICAgIA%3D%3D%0A";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn pair() -> KeyPair {
        let text = "integration_public_key:integration_private_key";
        KeyPair::new(&SecretText::new(text).unwrap()).unwrap()
    }

    #[test]
    fn the_signature_of_this_public_key_counts() {
        let none = [("Content-Type", form::CONTENT_TYPE)];
        let form = |pairs: &str| format!("bt_signature={pairs}&bt_payload={PAYLOAD}");
        let own = format!("integration_public_key%7C{SIGNATURE}");
        assert!(verified(&pair(), &none, &form(&own), NOW).covers_body());
        verified(&pair(), &none, &form(&format!("other%7C{SIGNATURE}%26{own}")), NOW);
        let other = form(&format!("other%7C{SIGNATURE}"));
        assert_eq!(refused(&pair(), &none, &other, NOW), VerifyErrorKind::InvalidSignature);
        let twice = format!("{}&bt_payload=AAAA", form(&own));
        assert_eq!(refused(&pair(), &none, &twice, NOW), VerifyErrorKind::MissingSignature);
        let damaged = form(&own).replacen("CiAg", "CiAh", 1);
        assert_eq!(refused(&pair(), &none, &damaged, NOW), VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn only_what_can_be_no_payload_is_answered() {
        let none: [(&str, &str); 0] = [];
        let answer = |method, challenge: &str| {
            let target = format!("/hook?bt_challenge={challenge}");
            let verification = pair().begin(&Head::new(method, &target, &none), Clock::at(NOW));
            match verification.unwrap().finish(&Bytes::new()) {
                Ok(Checked::Handshake { answer, delivery: None }) => Some(answer.body.into_owned()),
                _ => None,
            }
        };
        // Ours: Python's `hmac`.
        let expected = "integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4";
        assert_eq!(answer("GET", "20f9f8ed05f77439fe955c977e4c8a53").as_deref(), Some(expected));
        let long = "0".repeat(33);
        for challenge in ["", "0123456789abcdef012", &*long, "CiAgICAgICAgICAgIDxub3"] {
            assert_eq!(answer("GET", challenge), None, "{challenge}");
        }
        assert_eq!(answer("POST", "20f9f8ed05f77439fe955c977e4c8a53"), None);
    }

    #[test]
    fn what_a_stranger_can_have_signed_is_no_delivery() {
        let none = [("Content-Type", form::CONTENT_TYPE)];
        // The answer to the challenge `20f9f8ed05f77439fe955c977e4c8a53`.
        let answer = "integration_public_key%7Cd9b899556c966b3f06945ec21311865d35df3ce4";
        let malformed = VerifyErrorKind::MalformedSignature;
        for payload in ["20f9f8ed05f77439fe955c977e4c8a53", "20f9f8ed05f77439fe955c977e4c8a53%0A"] {
            let form = format!("bt_signature={answer}&bt_payload={payload}");
            assert_eq!(refused(&pair(), &none, &form, NOW), malformed);
        }
        let own = format!("integration_public_key%7C{SIGNATURE}");
        let more = format!("bt_signature={own}&bt_payload={PAYLOAD}&kind=other");
        assert_eq!(refused(&pair(), &none, &more, NOW), malformed);
        let many = format!("{}{own}", "other%7C0%26".repeat(MAX_SIGNATURES));
        let many = format!("bt_signature={many}&bt_payload={PAYLOAD}");
        assert_eq!(refused(&pair(), &none, &many, NOW), malformed);
    }

    #[test]
    fn a_pair_is_two_texts() {
        for text in ["public", ":private", "public:"] {
            let error = KeyPair::new(&SecretText::new(text).unwrap()).unwrap_err();
            assert_eq!(error.kind(), SecretErrorKind::Undecodable, "{text}");
        }
    }
}
