//! Pigeon sends forms. It signs the URL that it sends to, and then the form's pairs in order of their names,
//! each as the name and the value with nothing between: hexadecimal HMAC-SHA256 in `Pigeon-Signature`.
//!
//! A scheme signs the body as it came, so this verifier is written by hand. No time is signed: a captured
//! request stays valid. `a=bc` and `ab=c` are signed alike, which is Pigeon's weakness; the fingerprint covers
//! what is signed, so `Deduplicate` takes the second of them for a duplicate.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use webhook_tower::custom::VerifyErrorKind::{InvalidSignature, MalformedSignature};
use webhook_tower::custom::{
    Check, Checked, Clock, Head, Provider, PublicUrl, SecretErrorKind, SecretText, Verification,
    Verify, VerifyError,
};
use webhook_tower::{Bytes, Delivery, Payload, Rejection, RejectionKind, SecretError};

/// Larger forms are refused: a stranger chooses how much there is to sort.
const MAX_PAIRS: usize = 1000;

/// Pigeon, and the secret of an endpoint. `or_verifier` adds one that is being replaced.
pub struct Pigeon(Hmac<Sha256>, PublicUrl);

impl Provider for Pigeon {
    const NAME: &'static str = "pigeon";
    const HINTS: &'static [&'static str] = &["pigeon-event"];
}

impl Pigeon {
    pub fn new(secret: &SecretText, url: PublicUrl) -> Result<Self, SecretError> {
        let mac = Hmac::new_from_slice(secret.as_str().as_bytes());
        Ok(Self(mac.map_err(|_| secret.error(SecretErrorKind::Undecodable))?, url))
    }
}

impl Verify for Pigeon {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let mut signature = [0; 32];
        // 64 hexadecimal digits and nothing else.
        hex::decode_to_slice(head.required("pigeon-signature")?, &mut signature)
            .map_err(|_| MalformedSignature)?;
        let form = Form(self.0.clone(), self.1.of_request(head.target()), signature);
        Ok(Verification::new::<Self>(head, Box::new(form)))
    }
}

/// A request: the MAC, the URL and the signature. The form is needed whole, so `update` is left out.
struct Form(Hmac<Sha256>, String, [u8; 32]);

impl Check for Form {
    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        let Self(mac, mut signed, signature) = *self;
        let mut pairs: Vec<_> = form_urlencoded::parse(whole).take(MAX_PAIRS + 1).collect();
        if pairs.len() > MAX_PAIRS {
            return Err(InvalidSignature.into());
        }
        pairs.sort();
        signed.extend(pairs.iter().flat_map(|(name, value)| [&**name, &**value]));
        // In constant time, unlike `==`.
        mac.chain_update(&signed).verify_slice(&signature).map_err(|_| InvalidSignature)?;
        // Only after the line above: this is what lets the request through.
        Ok(Delivery::assume_verified_by_custom_check::<Pigeon>(whole)
            .with_signed_message(&[signed.as_bytes()])
            .into())
    }
}

/// A message that was delivered.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Event {
    pub message: String,
    pub status: String,
}

/// A `TypedEvent` is read from JSON, this from a form.
impl Payload for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        delivery.require_provider::<Pigeon>()?;
        serde_urlencoded::from_bytes(delivery.plain_body()?)
            .map_err(|error| Rejection::new(RejectionKind::NotUnderstood).caused_by(error))
    }
}
