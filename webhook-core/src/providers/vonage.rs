//! Vonage: a JWT with the body's hash, signed with HMAC-SHA256, in `Authorization: Bearer <JWT>`.
//!
//! The user holds the signature secret, from the Dashboard, API Settings. It signs webhooks of the Messages,
//! Voice and Dispatch APIs; the SMS API signs in another way. The token covers the time (`iat`) and the body,
//! by its SHA-256 in `payload_hash`. **A body without that hash is refused.** Vonage hashes the query of GET
//! webhooks in another way, so register webhooks as POST. Vonage names no tolerance; 300 s is this crate's. A
//! token that expires (`exp`) is refused afterwards. No delivery id is signed: `jti` is the token's own.
//! Rotation is not documented.
//!
//! Source: Vonage Developer, "Webhooks", "Decoding signed webhooks"; vonage-python-sdk, `jwt`, 2026-11.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::jws::{self, Jws};
use crate::keys::{Algorithm, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, SignedHeaders};
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify, by_sha256};

const TOLERANCE: Duration = Duration::from_secs(300);

/// The account's signature secret, as text.
#[derive(Debug, Clone)]
pub struct SignatureSecret {
    mac: Mac,
    tolerance: Duration,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_hash: Option<String>,
}

impl SignatureSecret {
    /// Takes the secret.
    ///
    /// # Errors
    ///
    /// If the secret is empty.
    pub fn new(secret: &SecretText) -> Result<Self, SecretError> {
        Ok(Self { mac: Mac::read(Algorithm::HmacSha256, secret)?, tolerance: TOLERANCE })
    }

    /// How far the signed time may be from now, in either direction, inclusively.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let tolerance = credentials.tolerance().unwrap_or(TOLERANCE);
        credentials.any_of(|secret| Ok(Self::new(secret)?.with_tolerance(tolerance)))
    }

    fn sign(
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        let secret = Self::new(credentials.current()).map_err(|_| SignErrorKind::Credentials)?;
        let hash = const_hex::encode(crate::keys::sha256(&[outgoing.body]));
        let claims = Claims { iat: outgoing.now.as_secs(), exp: None, payload_hash: Some(hash) };
        let token = jws::sign(Algorithm::HmacSha256, &secret.mac, &claims);
        let token = token.ok_or(SignErrorKind::Unsupported)?;
        Ok(vec![("authorization", format!("Bearer {token}"))])
    }
}

impl Provider for SignatureSecret {
    const NAME: &'static str = "vonage";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<SignatureSecret>(
    "Vonage",
    Handwritten {
        signed: "time and body, by its hash in a JWT",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: Some(TOLERANCE),
        verifier: SignatureSecret::of,
        sign: Some(SignatureSecret::sign),
    },
)
.credential("signature secret", "the Dashboard, API Settings")
.documentation("https://developer.vonage.com/en/getting-started/concepts/webhooks")
.reads(&["authorization"]);

impl Verify for SignatureSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let token = Jws::parse(jws::bearer(head)?, &[Algorithm::HmacSha256])?;
        let claims: Claims = token.claims(&self.mac)?;
        let (time, now, tolerance) = (UnixTime::from_secs(claims.iat), clock.now(), self.tolerance);
        let is_expired = claims.exp.is_some_and(|exp| UnixTime::from_secs(exp) <= now);
        if is_expired || !time.is_within(tolerance, now) {
            return Err(VerifyErrorKind::TimestampOutsideTolerance.into());
        }
        Ok(by_sha256::<Self>(head, move |sha256, body| {
            let is_signed = match &claims.payload_hash {
                Some(hash) => hash.eq_ignore_ascii_case(&const_hex::encode(sha256)),
                None => body.is_empty(),
            };
            if !is_signed {
                return Err(VerifyErrorKind::InvalidSignature.into());
            }
            Ok(Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_signed_time(time, tolerance)
                .with_signed_message(&[&time.as_secs().to_be_bytes(), &sha256])
                .into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};

    /// Published: vonage-python-sdk/jwt/tests/test_verify_jwt.py.
    const SECRET: &str = "qwertyuiopasdfghjklzxcvbnm123456";
    const TOKEN: &str = "Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM";
    const NOW: UnixTime = UnixTime::from_secs(1_697_634_680);

    fn secret() -> SignatureSecret {
        SignatureSecret::new(&SecretText::new(SECRET).unwrap()).unwrap()
    }

    #[test]
    fn the_published_example_is_accepted_without_a_body() {
        let headers = [("Authorization", TOKEN)];
        assert_eq!(verified(&secret(), &headers, "", NOW).signed_at(), Some(NOW));
        let kind = refused(&secret(), &headers, "{}", NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature, "nothing covers the body");
        let late = UnixTime::from_secs(1_697_634_981);
        let kind = refused(&secret(), &headers, "", late);
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance);
        let bare = [("Authorization", &TOKEN[7..])];
        assert_eq!(refused(&secret(), &bare, "", NOW), VerifyErrorKind::MalformedSignature);
    }

    #[test]
    fn an_expired_token_is_refused() {
        let claims = Claims { iat: NOW.as_secs(), exp: Some(NOW.as_secs()), payload_hash: None };
        let token = jws::sign(Algorithm::HmacSha256, &secret().mac, &claims).unwrap();
        let headers = [("Authorization", format!("Bearer {token}"))];
        let kind = refused(&secret(), &headers, "", NOW);
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance);
    }
}
