//! A partner whose signature covers the method and the target too: hex HMAC-SHA256 of
//! `{METHOD}\n{target}\n{body}` in `X-Partner-Signature`.
//!
//! A `Scheme` cannot say that, so this is a `Verify` written by hand. No time is signed: a captured
//! request can be replayed, and only its fingerprint gives that away.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use webhook_tower::VerifyErrorKind::{InvalidSignature, MalformedSignature, MissingSignature};
use webhook_tower::{
    Bytes, Check, Delivery, Head, Repeated, SecretError, SecretErrorKind, UnixTime, Verification,
    Verify, VerifyError,
};

const NAME: &str = "partner";
const HEADER: &str = "x-partner-signature";

/// The partner's secret. It is expanded once, and each request starts from a clone.
#[derive(Clone)]
pub struct Partner {
    mac: Hmac<Sha256>,
}

impl Partner {
    pub fn new(secret: &str) -> Result<Self, SecretError> {
        if secret.trim().is_empty() {
            return Err(SecretError::new(SecretErrorKind::Empty));
        }
        let mac = Hmac::new_from_slice(secret.as_bytes())
            .map_err(|_| SecretError::new(SecretErrorKind::Undecodable))?;
        Ok(Self { mac })
    }
}

/// Derived, it would be no secret for long.
impl fmt::Debug for Partner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Partner(..)")
    }
}

impl Verify for Partner {
    fn provider(&self) -> &'static str {
        NAME
    }

    fn begin(&self, head: &Head<'_>, _: UnixTime) -> Result<Verification, VerifyError> {
        let claimed = match head.header(HEADER) {
            Ok(Some(text)) => decode(text).ok_or(MalformedSignature)?,
            Ok(None) => return Err(MissingSignature.into()),
            Err(Repeated) => return Err(MalformedSignature.into()),
        };
        // Neither can hold a line feed, so no two requests are signed alike.
        let signed = format!("{}\n{}\n", head.method(), head.target());
        let mac = self.mac.clone().chain_update(&signed);
        Ok(Verification::new(head, Box::new(PartnerCheck { mac, claimed, signed })))
    }
}

/// 64 hexadecimal digits and nothing else.
fn decode(text: &[u8]) -> Option<[u8; 32]> {
    const_hex::decode_to_array(text).ok()
}

/// One request, whose body is hashed as it comes.
struct PartnerCheck {
    mac: Hmac<Sha256>,
    claimed: [u8; 32],
    /// What is signed before the body.
    signed: String,
}

impl Check for PartnerCheck {
    fn update(&mut self, piece: &[u8]) {
        self.mac.update(piece);
    }

    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Delivery, VerifyError> {
        // In constant time, unlike `==`.
        self.mac.verify_slice(&self.claimed).map_err(|_| InvalidSignature)?;
        // Only after the line above: this is what lets the request through.
        Ok(Delivery::assume_verified_by_custom_check(NAME, whole)
            .with_signed_message(&[self.signed.as_bytes(), whole]))
    }
}
