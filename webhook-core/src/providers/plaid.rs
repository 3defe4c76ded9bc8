//! Plaid: a JWT with the body's SHA-256, signed with ECDSA P-256, in `Plaid-Verification`.
//!
//! The user holds no secret for this, but gives a [`KeySource`] of keys by their id (`kid`): the application
//! fetches each from `/webhook_verification_key/get` with its own credentials, and reads the answer's `key`
//! with [`FetchedKey::from_jwk`](crate::FetchedKey::from_jwk). Until then the webhook is answered 503, and
//! Plaid sends it again. **Drop a key from the source once Plaid gives it an `expired_at`**, as its
//! documentation asks.
//!
//! The token covers the time (`iat`), at most 5 min from now, and the body, by `request_body_sha256`. No
//! delivery id is signed. Plaid waits 10 s and sends again for up to 24 h.
//!
//! No published vector: the test's key and token are ours, made with Python's `cryptography`.
//!
//! Source: Plaid Docs, "Webhook verification" and "Webhook retries", 2026-11.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::jws::Jws;
use crate::keys::{Algorithm, KeySource};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify, by_sha256};

const TOLERANCE: Duration = Duration::from_secs(300);

/// Plaid's keys that were fetched.
#[derive(Debug, Clone)]
pub struct VerificationKeys {
    keys: Arc<dyn KeySource>,
    tolerance: Duration,
}

#[derive(Deserialize)]
struct Claims {
    iat: u64,
    request_body_sha256: String,
}

impl VerificationKeys {
    /// Takes the source of keys, which asks for each by its `kid`.
    pub fn new(keys: impl KeySource + 'static) -> Self {
        Self { keys: Arc::new(keys), tolerance: TOLERANCE }
    }

    /// How far the signed time may be from now, in either direction, inclusively.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let tolerance = credentials.tolerance().unwrap_or(TOLERANCE);
        Ok(Box::new(Self { keys: credentials.keys()?, tolerance }))
    }
}

impl Provider for VerificationKeys {
    const NAME: &'static str = "plaid";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<VerificationKeys>(
    "Plaid",
    Handwritten {
        signed: "time and body, by its hash in a JWT",
        signs_id: false,
        signs_url: false,
        public_key: true,
        tolerance: Some(TOLERANCE),
        verifier: VerificationKeys::of,
        sign: None,
    },
)
.credential("nothing but fetched keys (the text is ignored)", "`/webhook_verification_key/get`")
.documentation("https://plaid.com/docs/api/webhooks/webhook-verification/")
.retries("for up to 24 h")
.answered_within(10)
.reads(&["plaid-verification"]);

impl Verify for VerificationKeys {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let token = Jws::parse(head.required("plaid-verification")?, &[Algorithm::EcdsaP256])?;
        let key = self.keys.find(token.kid()?).ok_or(VerifyErrorKind::KeyUnavailable)?;
        let now = clock.now();
        let key = key.at(now).ok_or(VerifyErrorKind::InvalidSignature)?;
        let claims: Claims = token.claims_of(key)?;
        let (time, tolerance) = (UnixTime::from_secs(claims.iat), self.tolerance);
        if !time.is_within(tolerance, now) {
            return Err(VerifyErrorKind::TimestampOutsideTolerance.into());
        }
        Ok(by_sha256::<Self>(head, move |sha256, body| {
            if const_hex::encode(sha256) != claims.request_body_sha256 {
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
    use crate::FetchedKey;
    use crate::providers::test::{refused, verified};

    const JWK: &str = r#"{"alg":"ES256","crv":"P-256","kid":"kid-1","kty":"EC","use":"sig","x":"UVw9brnjlrkE0_7Kf1T9zQzB6Ze_N13KUVrQpsO0A18","y":"RTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q","created_at":1,"expired_at":null}"#;
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJpYXQiOiAxNzAwMDAwMDAwLCAicmVxdWVzdF9ib2R5X3NoYTI1NiI6ICI0NDEzNmZhMzU1YjM2NzhhMTE0NmFkMTZmN2U4NjQ5ZTk0ZmI0ZmMyMWZlNzdlODMxMGMwNjBmNjFjYWFmZjhhIn0.s0Nz8SaF6jhig9gyGvcuOLBbCCxQAaL8k1J1gPAuBB-7VD9CjZMCmZj9p3z-yRLG5APPbKxweOU6GHqcMTn-nw";

    fn keys() -> VerificationKeys {
        VerificationKeys::new(|kid: &str| {
            (kid == "kid-1").then(|| FetchedKey::from_jwk(JWK).unwrap())
        })
    }

    #[test]
    fn the_time_and_the_body_are_signed() {
        let (headers, now) = ([("Plaid-Verification", TOKEN)], UnixTime::from_secs);
        let delivery = verified(&keys(), &headers, "{}", now(1_700_000_300));
        assert_eq!(delivery.signed_at(), Some(now(1_700_000_000)));
        assert!(delivery.covers_body());
        let kind = refused(&keys(), &headers, "{ }", now(1_700_000_000));
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        let kind = refused(&keys(), &headers, "{}", now(1_700_000_301));
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance);
    }

    #[test]
    fn a_key_that_was_not_fetched_asks_to_come_again() {
        let (headers, now) = ([("Plaid-Verification", TOKEN)], UnixTime::from_secs(1_700_000_000));
        let none = VerificationKeys::new(|_: &str| None);
        assert_eq!(refused(&none, &headers, "{}", now), VerifyErrorKind::KeyUnavailable);
        let damaged = [("Plaid-Verification", format!("{TOKEN}AA"))];
        assert_eq!(refused(&keys(), &damaged, "{}", now), VerifyErrorKind::InvalidSignature);
    }
}
