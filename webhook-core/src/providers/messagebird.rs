//! MessageBird (Bird): a JWT with the hashes of the URL and of the body in `MessageBird-Signature-JWT`.
//!
//! The user holds the account's signing key, from the Dashboard, Developers settings, and gives the public
//! URL of the endpoint. The token is signed with HMAC-SHA256, -384 or -512 and covers the URL with its query,
//! the body, and the time for which it is valid, usually 60 s, with 1 s of leeway as the SDKs have it. A
//! shorter time can be chosen. It has an id of its own (`jti`), which is not the delivery's. Retries are not
//! documented.
//!
//! Source: messagebird/python-rest-api, `request_validator.py`, 2026-11. The vectors are in its tests.

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
use crate::scheme::{Outgoing, PublicUrl, SignedHeaders};
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify, by_sha256};

const SIGNATURE: &str = "messagebird-signature-jwt";
const ISSUER: &str = "MessageBird";
const ALGORITHMS: [Algorithm; 3] =
    [Algorithm::HmacSha256, Algorithm::HmacSha384, Algorithm::HmacSha512];

/// How long tokens are valid, in seconds, and for how much longer they are accepted.
const LIFETIME: u64 = 60;
const LEEWAY: u64 = 1;

/// The account's signing key, as text, with the public URL of the endpoint.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// One for each of the algorithms.
    macs: [Mac; 3],
    url: PublicUrl,
    tolerance: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    nbf: u64,
    exp: u64,
    url_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_hash: Option<String>,
}

impl SigningKey {
    /// Takes the key, for requests to this URL.
    ///
    /// # Errors
    ///
    /// If the key is empty.
    pub fn new(key: &SecretText, url: PublicUrl) -> Result<Self, SecretError> {
        let [a, b, c] = ALGORITHMS.map(|algorithm| Mac::read(algorithm, key));
        Ok(Self { macs: [a?, b?, c?], url, tolerance: None })
    }

    /// How far the time from which a token is valid may be from now, if that is to be less than the token says.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    fn read(credentials: &Credentials, key: &SecretText) -> Result<Self, SecretError> {
        let key = Self::new(key, credentials.required_url()?)?;
        Ok(Self { tolerance: credentials.tolerance(), ..key })
    }

    fn sign(
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        let key = Self::read(credentials, credentials.current());
        let key = key.map_err(|_| SignErrorKind::Credentials)?;
        let hash = |text: &[u8]| const_hex::encode(crate::keys::sha256(&[text]));
        let claims = Claims {
            iss: ISSUER.to_owned(),
            nbf: outgoing.now.as_secs(),
            exp: outgoing.now.as_secs().saturating_add(LIFETIME),
            url_hash: hash(key.url.of_request(outgoing.target).as_bytes()),
            payload_hash: (!outgoing.body.is_empty()).then(|| hash(outgoing.body)),
        };
        let [mac, ..] = &key.macs;
        let token = jws::sign(Algorithm::HmacSha256, mac, &claims);
        Ok(vec![(SIGNATURE, token.ok_or(SignErrorKind::Unsupported)?)])
    }
}

impl Provider for SigningKey {
    const NAME: &'static str = "messagebird";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<SigningKey>(
    "MessageBird",
    Handwritten {
        signed: "time, url and body, by their hashes in a JWT",
        signs_id: false,
        signs_url: true,
        public_key: false,
        tolerance: Some(Duration::from_secs(LIFETIME + LEEWAY)),
        verifier: |credentials| credentials.any_of(|key| SigningKey::read(credentials, key)),
        sign: Some(SigningKey::sign),
    },
)
.credential("signing key", "the Dashboard, Developers settings, Signed requests")
.documentation("https://developers.messagebird.com/docs/verify-http-requests")
.reads(&["messagebird-signature-jwt"]);

impl Verify for SigningKey {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let token = Jws::parse(head.required(SIGNATURE)?, &ALGORITHMS)?;
        let algorithm = ALGORITHMS.iter().position(|each| *each == token.algorithm());
        let mac = algorithm.and_then(|index| self.macs.get(index));
        let claims: Claims = token.claims(mac.ok_or(VerifyErrorKind::InvalidSignature)?)?;
        let url = self.url.of_request(head.target());
        let url_hash = crate::keys::sha256(&[url.as_bytes()]);
        if claims.iss != ISSUER || !is_hash(&claims.url_hash, &url_hash) {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        let (time, tolerance) = claims.judge(self.tolerance, clock.now())?;
        Ok(by_sha256::<Self>(head, move |sha256, body| {
            let is_signed = match &claims.payload_hash {
                Some(hash) => !body.is_empty() && is_hash(hash, &sha256),
                None => body.is_empty(),
            };
            if !is_signed {
                return Err(VerifyErrorKind::InvalidSignature.into());
            }
            Ok(Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_signed_time(time, tolerance)
                .with_signed_message(&[&time.as_secs().to_be_bytes(), &url_hash, &sha256])
                .into())
        }))
    }
}

impl Claims {
    /// The time from which the token is valid and for how long, if it is valid now.
    fn judge(
        &self,
        chosen: Option<Duration>,
        now: UnixTime,
    ) -> Result<(UnixTime, Duration), VerifyErrorKind> {
        let from = UnixTime::from_secs(self.nbf);
        let valid = Duration::from_secs(self.exp.saturating_sub(self.nbf).saturating_add(LEEWAY));
        let is_early = now < UnixTime::from_secs(self.nbf.saturating_sub(LEEWAY));
        let tolerance = chosen.unwrap_or(valid).min(valid);
        if is_early || self.exp < self.nbf || !from.is_within(tolerance, now) {
            return Err(VerifyErrorKind::TimestampOutsideTolerance);
        }
        Ok((from, tolerance))
    }
}

fn is_hash(text: &str, hash: &[u8; 32]) -> bool {
    const_hex::encode(hash) == text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};

    /// Published: messagebird/python-rest-api, `webhook_signature_test_data.json`.
    const KEY: &str = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb";
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZWExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZDc0YjI0MDA0YmFlNzUzZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzYyOTA4MDllYzNhNTMxOTFkZDgxYzdmNzBhNGIyODY4OGEzNjIxODI5ODZmIn0._H--TOuYFLpeEH39-rg5E3IHVkjHozBcaKVWPRC5m9I";

    fn key(url: &str) -> SigningKey {
        SigningKey::new(&SecretText::new(KEY).unwrap(), PublicUrl::new(url).unwrap()).unwrap()
    }

    #[test]
    fn the_published_example_is_accepted_as_long_as_it_says() {
        let (headers, now) = ([("MessageBird-Signature-JWT", TOKEN)], UnixTime::from_secs);
        let key = key("https://example.com/path?bar=1&foo=2");
        for secs in [1_625_479_199, 1_625_479_200, 1_625_479_261] {
            let delivery = verified(&key, &headers, "Hello, World!", now(secs));
            assert!(delivery.covers_body());
            assert_eq!(delivery.signed_at(), Some(now(1_625_479_200)));
            assert_eq!(delivery.tolerance(), ENTRY.default_tolerance());
        }
        let stale = VerifyErrorKind::TimestampOutsideTolerance;
        for secs in [0, 1_625_479_198, 1_625_479_262] {
            assert_eq!(refused(&key, &headers, "Hello, World!", now(secs)), stale, "{secs}");
        }
        let short = key.with_tolerance(Duration::from_secs(5));
        assert_eq!(refused(&short, &headers, "Hello, World!", now(1_625_479_206)), stale);
    }

    #[test]
    fn the_url_and_the_body_are_signed() {
        let (headers, now) =
            ([("MessageBird-Signature-JWT", TOKEN)], UnixTime::from_secs(1_625_479_200));
        let invalid = VerifyErrorKind::InvalidSignature;
        let url = "https://example.com/path?bar=1&foo=2";
        assert_eq!(refused(&key(url), &headers, "Hello, World?", now), invalid);
        assert_eq!(refused(&key(url), &headers, "", now), invalid);
        let other = key("https://example.com/path?foo=2&bar=1");
        assert_eq!(refused(&other, &headers, "Hello, World!", now), invalid);
    }
}
