//! Mailgun: hex HMAC-SHA256 of `{timestamp}{token}` in the body. **The event itself is not signed.**
//!
//! **A valid signature proves that Mailgun sent some request with this token, and nothing about the rest of
//! the body.** [`Delivery::covers_body`] is `false`. Whoever captures one request can send any event with its
//! signature until the time is stale. So accept the webhook over HTTPS only, refuse a token that was seen
//! before (it is the delivery's signed id, so deduplication does that), and ask Mailgun's API before anything
//! that matters.
//!
//! The user holds the HTTP webhook signing key, from the Control Panel, API Security. The signature is in the
//! member `signature` of a JSON body, or in the fields `timestamp`, `token` and `signature` of a form.
//! Multipart forms, which inbound routes send for mail with attachments, are not read: let the route store
//! the message and notify instead. For subaccounts, `parent-signature` is accepted under the parent's key.
//!
//! Mailgun names no tolerance and warns of delays; 300 s is this crate's. Raise it if deliveries come late.
//! Mailgun sends again for 8 h unless it is answered 200 or 406; whether a retry has a new time is not
//! documented.
//!
//! Source: Mailgun documentation, "Securing Webhooks" and "Automatic Retries", 2026-11. The vector is Rails',
//! `actionmailbox`.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, VerifyError, VerifyErrorKind};
use crate::form;
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::timestamp::{TimestampUnit, UnixTime};
use crate::verify::{Verification, Verify, by_body};

const TOLERANCE: Duration = Duration::from_secs(300);

/// The HTTP webhook signing key, as text.
#[derive(Debug, Clone)]
pub struct SigningKey {
    mac: Mac,
    tolerance: Duration,
}

impl SigningKey {
    /// Takes the key.
    ///
    /// # Errors
    ///
    /// If the key is empty.
    pub fn new(key: &SecretText) -> Result<Self, SecretError> {
        Ok(Self { mac: Mac::read(Algorithm::HmacSha256, key)?, tolerance: TOLERANCE })
    }

    /// How far the signed time may be from now, in either direction, inclusively.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let tolerance = credentials.tolerance().unwrap_or(TOLERANCE);
        credentials.any_of(|key| Ok(Self::new(key)?.with_tolerance(tolerance)))
    }
}

impl Provider for SigningKey {
    const NAME: &'static str = "mailgun";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<SigningKey>(
    "Mailgun",
    Handwritten {
        signed: "time and token, not the event",
        signs_id: true,
        signs_url: false,
        public_key: false,
        tolerance: Some(TOLERANCE),
        verifier: SigningKey::of,
        sign: None,
    },
)
.credential("HTTP webhook signing key", "the Control Panel, API Security")
.documentation(
    "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
)
.retries("for 8 h unless answered 406; none for delivered messages");

impl Verify for SigningKey {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let Self { mac, tolerance } = self.clone();
        let (now, is_form) = (clock.now(), form::is_form(head));
        Ok(by_body::<Self>(head, move |body| {
            let signed = if is_form { Signed::of_form(body) } else { Signed::of_json(body) };
            let signed = signed.ok_or(VerifyErrorKind::MissingSignature)?;
            let time = signed.judge(&mac, tolerance, now)?;
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_signed_time(time, tolerance)
                .with_id(&signed.token, true);
            if delivery.id().is_none() {
                return Err(VerifyErrorKind::InvalidDeliveryId.into());
            }
            Ok(delivery.into())
        }))
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    signature: Signed<'a>,
}

#[derive(Deserialize)]
struct Signed<'a> {
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
    token: Cow<'a, str>,
    signature: Cow<'a, str>,
    #[serde(rename = "parent-signature")]
    parent: Option<Cow<'a, str>>,
}

impl<'a> Signed<'a> {
    fn of_json(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(|Body { signature }| signature)
    }

    fn of_form(body: &[u8]) -> Option<Self> {
        let fields = form::fields(body)?;
        let text = |name| {
            let value = form::single(&fields, name)?.to_vec();
            String::from_utf8(value).ok().map(Cow::Owned)
        };
        Some(Self {
            timestamp: text("timestamp")?,
            token: text("token")?,
            signature: text("signature")?,
            parent: text("parent-signature"),
        })
    }

    /// The time, if the signature is right and the time is near.
    fn judge(
        &self,
        mac: &Mac,
        tolerance: Duration,
        now: UnixTime,
    ) -> Result<UnixTime, VerifyErrorKind> {
        let tag = mac.tag(&[self.timestamp.as_bytes(), self.token.as_bytes()]);
        let matches = |text: &str| tag.is_text(Encoding::Hex, text.as_bytes());
        if !(matches(&self.signature) | self.parent.as_deref().is_some_and(matches)) {
            return Err(VerifyErrorKind::InvalidSignature);
        }
        let time = TimestampUnit::Seconds.parse(self.timestamp.as_bytes());
        let time = time.ok_or(VerifyErrorKind::InvalidTimestamp)?;
        let is_near = time.is_within(tolerance, now);
        is_near.then_some(time).ok_or(VerifyErrorKind::TimestampOutsideTolerance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};

    /// Rails: `actionmailbox/test/controllers/ingresses/mailgun/inbound_emails_controller_test.rb`.
    const KEY: &str = "tbsy84uSV1Kt3ZJZELY2TmShPRs91E3yL4tzf96297vBCkDWgL";
    const TOKEN: &str = "7VwW7k6Ak7zcTwoSoNm7aTtbk1g67MKAnsYLfUB7PdszbgR5Xi";
    const SIGNATURE: &str = "ef24c5225322217bb065b80bb54eb4f9206d764e3e16abab07f0a64d1cf477cc";
    const NOW: UnixTime = UnixTime::from_secs(1_539_112_500);

    fn key() -> SigningKey {
        SigningKey::new(&SecretText::new(KEY).unwrap()).unwrap()
    }

    fn json(token: &str, more: &str) -> String {
        format!(
            r#"{{"event-data":{{"id":"1"}},"signature":{{"timestamp":"1539112500","token":"{token}","signature":"{SIGNATURE}"{more}}}}}"#
        )
    }

    #[test]
    fn forms_and_json_are_read_and_the_body_is_not_covered() {
        let form = format!("timestamp=1539112500&token={TOKEN}&signature={SIGNATURE}&event=a");
        let headers = [("Content-Type", form::CONTENT_TYPE)];
        let json_headers = [("Content-Type", "application/json")];
        for delivery in [
            verified(&key(), &headers, &form, NOW),
            verified(&key(), &headers, &form.replace("event=a", "event=b"), NOW),
            verified(&key(), &json_headers, &json(TOKEN, ""), NOW),
        ] {
            assert!(!delivery.covers_body());
            assert_eq!((delivery.id(), delivery.id_is_signed()), (Some(TOKEN), true));
            assert_eq!(delivery.signed_at(), Some(NOW));
        }
    }

    #[test]
    fn the_time_and_the_token_are_signed() {
        let none: [(&str, &str); 0] = [];
        let kind = |body: &str, now| refused(&key(), &none, body, UnixTime::from_secs(now));
        let json = |token, more| json(token, more);
        assert_eq!(kind(&json("7VwW", ""), 1_539_112_500), VerifyErrorKind::InvalidSignature);
        let stale = VerifyErrorKind::TimestampOutsideTolerance;
        assert_eq!(kind(&json(TOKEN, ""), 1_539_112_801), stale);
        let twice = json(TOKEN, r#","token":"other""#);
        assert_eq!(kind(&twice, 1_539_112_500), VerifyErrorKind::MissingSignature);
        assert_eq!(kind("{}", 1_539_112_500), VerifyErrorKind::MissingSignature);
    }

    #[test]
    fn the_parents_signature_counts() {
        let parent = json(TOKEN, &format!(r#","parent-signature":"{SIGNATURE}""#)).replacen(
            SIGNATURE,
            &"0".repeat(64),
            1,
        );
        verified(&key(), &[("a", "b")], &parent, NOW);
    }
}
