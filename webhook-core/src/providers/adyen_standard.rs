//! Adyen standard webhooks: base64 HMAC-SHA256 of eight fields in the body's `additionalData.hmacSignature`.
//!
//! The signature is inside the JSON, one for each notification. It covers `pspReference`, `originalReference`,
//! `merchantAccountCode`, `merchantReference`, `amount.value`, `amount.currency`, `eventCode` and `success`, joined
//! by `:`, and nothing else: decide nothing by other fields, such as `reason`. So the delivery counts as not
//! covering its body. Its id, of a body with one notification, is made of the reference, the code and the success,
//! which are signed: Adyen repeats them when it sends a notification again. No time is signed. All fields but
//! `merchantReference` must be free of `:`, or a field could be moved into its neighbour.
//!
//! Answer `[accepted]`. Webhooks of Adyen's platforms have a header with the signature: see `adyen_platform`.
//! The key is hexadecimal.
//!
//! Source: Adyen Docs, "Verify HMAC signatures"; adyen-node-api-library, `hmacValidator`, 2026-11.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::VerifyErrorKind::{self, InvalidSignature, MalformedSignature, MissingSignature};
use crate::error::{SecretError, VerifyError};
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, KeyFormat, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Entry, Handwritten};
use crate::verify::{Check, Checked, Verification, Verify};

/// More are refused.
const MAX_NOTIFICATIONS: usize = 16;

/// The webhook's HMAC key, which is hexadecimal.
#[derive(Clone)]
pub struct HmacKey(Mac);

impl HmacKey {
    /// Reads a key.
    ///
    /// # Errors
    ///
    /// If the text is empty, begins or ends with white space, is in quotes, still has its variable's name in
    /// front, or is not hexadecimal.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::read(&SecretText::of(text.as_ref(), "the secret of", Self::NAME)?)
    }

    /// Reads a key from a text that was checked already.
    ///
    /// # Errors
    ///
    /// If the text is not hexadecimal.
    pub fn read(text: &SecretText) -> Result<Self, SecretError> {
        let mac = Mac::new(Algorithm::HmacSha256, &text.decode(KeyFormat::Hex)?);
        mac.map(Self).ok_or_else(|| text.undecodable(KeyFormat::Hex))
    }

    /// Verifies one notification, and makes the delivery's id of it.
    fn verify_notification(&self, item: &Notification<'_>) -> Result<String, VerifyErrorKind> {
        let signature = item.data.as_ref().and_then(|data| data.signature.as_deref());
        let signature = signature.ok_or(MissingSignature)?.as_bytes();
        let signature = Encoding::Base64.decode(signature, Some(32)).ok_or(MalformedSignature)?;
        let value = item.amount.value.to_string();
        let fields = [
            &*item.psp_reference,
            &item.original_reference,
            &item.merchant_account_code,
            &item.merchant_reference,
            &value,
            &item.amount.currency,
            &item.event_code,
            &item.success,
        ];
        let [psp, .., event, success] = fields;
        let is_unambiguous =
            fields.iter().enumerate().all(|(index, field)| index == 3 || !field.contains(':'));
        if !is_unambiguous {
            return Err(MalformedSignature);
        }
        if !bool::from(self.0.tag(&[fields.join(":").as_bytes()]).matches(&signature)) {
            return Err(InvalidSignature);
        }
        Ok(format!("{psp}:{event}:{success}"))
    }
}

impl Provider for HmacKey {
    const NAME: &'static str = "adyen_standard";
}

impl Verify for HmacKey {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        Ok(Verification::new::<Self>(head, Box::new(self.clone())))
    }
}

impl Check for HmacKey {
    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        let json: Body<'_> = serde_json::from_slice(whole).map_err(|_| MalformedSignature)?;
        if !(1..=MAX_NOTIFICATIONS).contains(&json.items.len()) {
            return Err(MalformedSignature.into());
        }
        let ids = json.items.iter().map(|item| self.verify_notification(&item.notification));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let delivery = Delivery::assume_verified_by_custom_check::<Self>(whole);
        Ok(match &*ids {
            [id] => delivery.with_id(id, true).into(),
            _ => delivery.into(),
        })
    }
}

/// Only what is signed, so that a stranger's body takes little more memory than it has bytes.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, rename = "notificationItems")]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "NotificationRequestItem")]
    notification: Notification<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    #[serde(borrow, default)]
    psp_reference: Cow<'a, str>,
    #[serde(borrow, default)]
    original_reference: Cow<'a, str>,
    #[serde(borrow, default)]
    merchant_account_code: Cow<'a, str>,
    #[serde(borrow, default)]
    merchant_reference: Cow<'a, str>,
    amount: Amount<'a>,
    #[serde(borrow, default)]
    event_code: Cow<'a, str>,
    #[serde(borrow, default)]
    success: Cow<'a, str>,
    #[serde(rename = "additionalData")]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    value: i64,
    #[serde(borrow)]
    currency: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "hmacSignature")]
    signature: Option<Cow<'a, str>>,
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(adyen_standard)")
    }
}

pub(super) const ENTRY: Entry = Entry::handwritten::<HmacKey>(
    "Adyen standard webhooks",
    Handwritten {
        signed: "id, account, references, amount, code and success",
        signs_id: true,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(HmacKey::read),
        // The signature is in the body, which a signature's headers cannot change.
        sign: None,
    },
)
.credential("HMAC key", "the Customer Area, Developers, Webhooks, the webhook's security settings")
.documentation(
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{refused, verified};

    /// Published: adyen-node-api-library, `hmacValidator.spec.ts`.
    const KEY: &str = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
    const SIGNATURE: &str = "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn item(reference: &str, account: &str, data: &str) -> String {
        format!(
            r#"{{"NotificationRequestItem":{{"pspReference":"{reference}","originalReference":"originalReference",
            "merchantAccountCode":"{account}","merchantReference":"reference",
            "amount":{{"currency":"EUR","value":1000}},"eventCode":"EVENT","success":"true",
            "additionalData":{data}}}}}"#
        )
    }

    fn body(items: &[String]) -> String {
        format!(r#"{{"live":"false","notificationItems":[{}]}}"#, items.join(","))
    }

    fn signed() -> String {
        format!(r#"{{"hmacSignature":"{SIGNATURE}"}}"#)
    }

    #[test]
    fn the_published_example_is_accepted_without_a_claim_on_the_body() {
        let key = HmacKey::new(KEY).unwrap();
        let headers = [("content-type", "application/json")];
        let genuine = item("pspReference", "merchantAccount", &signed());
        let delivery = verified(&key, &headers, &body(std::slice::from_ref(&genuine)), NOW);
        assert_eq!(delivery.id(), Some("pspReference:EVENT:true"));
        assert!(delivery.id_is_signed() && !delivery.covers_body());
        let two = verified(&key, &headers, &body(&[genuine.clone(), genuine]), NOW);
        assert_eq!(two.id(), None);
    }

    #[test]
    fn every_notification_is_signed() {
        let key = HmacKey::new(KEY).unwrap();
        let headers = [("content-type", "application/json")];
        let genuine = item("pspReference", "merchantAccount", &signed());
        for (other, kind) in [
            (item("other", "merchantAccount", &signed()), InvalidSignature),
            (item("pspReference", "merchantAccount", "{}"), MissingSignature),
            (item("pspReference", "merchant:Account", &signed()), MalformedSignature),
            (
                item("pspReference", "merchantAccount", r#"{"hmacSignature":"!"}"#),
                MalformedSignature,
            ),
            ("{}".to_owned(), MalformedSignature),
        ] {
            let body = body(&[genuine.clone(), other]);
            assert_eq!(refused(&key, &headers, &body, NOW), kind, "{body}");
        }
        for body in ["", "[]", r#"{"notificationItems":[]}"#] {
            assert_eq!(refused(&key, &headers, body, NOW), MalformedSignature, "{body}");
        }
    }
}
