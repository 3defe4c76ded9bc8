//! LiveKit: a JWT with the body's hash, signed with HMAC-SHA256, in `Authorization: <JWT>`.
//!
//! The user holds an API secret, from the project's settings, Keys. The token covers the body, by its base64
//! SHA-256 in the claim `sha256`, and the time until which it is valid (`exp`), with 60 s of leeway before
//! its start (`nbf`). Give the API key too and tokens of another key are refused. No delivery id is signed,
//! but the body is, and its member `id` identifies the event.
//!
//! No published vector: the test's token is ours, made with Python's `hmac`.
//!
//! Source: LiveKit Docs, "Webhooks & events"; livekit/node-sdks, `WebhookReceiver.ts`, 2026-11.

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::jws::{self, Jws};
use crate::keys::{Algorithm, Encoding, Mac, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, SignedHeaders};
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify, by_sha256};

/// How long before its start a token is accepted, in seconds.
const LEEWAY: u64 = 60;

/// How long a token is valid that this crate signs, in seconds.
const LIFETIME: u64 = 300;

/// An API secret, as text.
#[derive(Debug, Clone)]
pub struct ApiSecret {
    mac: Mac,
    api_key: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
    exp: u64,
    sha256: String,
}

impl ApiSecret {
    /// Takes the secret.
    ///
    /// # Errors
    ///
    /// If the secret is empty.
    pub fn new(secret: &SecretText) -> Result<Self, SecretError> {
        Ok(Self { mac: Mac::read(Algorithm::HmacSha256, secret)?, api_key: None })
    }

    /// The API key that the secret belongs to: tokens of another one are refused.
    #[must_use]
    pub fn of_key(mut self, api_key: impl Into<String>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    fn sign(
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        let secret = Self::new(credentials.current()).map_err(|_| SignErrorKind::Credentials)?;
        let claims = Claims {
            iss: None,
            nbf: Some(outgoing.now.as_secs()),
            exp: outgoing.now.as_secs().saturating_add(LIFETIME),
            sha256: Encoding::Base64.encode(&crate::keys::sha256(&[outgoing.body])),
        };
        let token = jws::sign(Algorithm::HmacSha256, &secret.mac, &claims);
        Ok(vec![("authorization", token.ok_or(SignErrorKind::Unsupported)?)])
    }
}

impl Provider for ApiSecret {
    const NAME: &'static str = "livekit";
    const BODY_ID: Option<&'static str> = Some("id");
}

pub(super) const ENTRY: Entry = Entry::handwritten::<ApiSecret>(
    "LiveKit",
    Handwritten {
        signed: "body, by its hash in a JWT",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(ApiSecret::new),
        sign: Some(ApiSecret::sign),
    },
)
.credential("API secret", "the project's settings, Keys")
.documentation("https://docs.livekit.io/server/webhooks/")
.reads(&["authorization"]);

impl Verify for ApiSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let token = Jws::parse(head.required("authorization")?, &[Algorithm::HmacSha256])?;
        let claims: Claims = token.claims(&self.mac)?;
        if self.api_key.is_some() && self.api_key != claims.iss {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        let now = clock.now();
        let from = claims.nbf.unwrap_or_default().saturating_sub(LEEWAY);
        if now < UnixTime::from_secs(from) || UnixTime::from_secs(claims.exp) <= now {
            return Err(VerifyErrorKind::TimestampOutsideTolerance.into());
        }
        Ok(by_sha256::<Self>(head, move |sha256, body| {
            if Encoding::Base64.encode(&sha256) != claims.sha256 {
                return Err(VerifyErrorKind::InvalidSignature.into());
            }
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            Ok(delivery.with_signed_message(&[&sha256]).into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};

    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiAia2V5LTEiLCAibmJmIjogMTcwMDAwMDAwMCwgImV4cCI6IDE3MDAwMDAzMDAsICJzaGEyNTYiOiAiUkJOdm8xV3paNG9SUnEwVzkraGtucFQ3VDhJZjUzNkRFTUJnOWh5cS80bz0ifQ.UJFXh6V3hpcD7WyfJWO8Cp5yXFUoFWHgJr92cCNiDAU";

    fn secret() -> ApiSecret {
        ApiSecret::new(&SecretText::new("secret").unwrap()).unwrap()
    }

    #[test]
    fn the_body_and_the_time_are_signed() {
        let (headers, now) = ([("Authorization", TOKEN)], UnixTime::from_secs);
        for secs in [1_699_999_940, 1_700_000_299] {
            assert!(verified(&secret(), &headers, "{}", now(secs)).covers_body());
        }
        let stale = VerifyErrorKind::TimestampOutsideTolerance;
        for secs in [1_699_999_939, 1_700_000_300] {
            assert_eq!(refused(&secret(), &headers, "{}", now(secs)), stale, "{secs}");
        }
        let kind = refused(&secret(), &headers, "{ }", now(1_700_000_000));
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn a_token_of_another_api_key_is_refused() {
        let (headers, now) = ([("Authorization", TOKEN)], UnixTime::from_secs(1_700_000_000));
        verified(&secret().of_key("key-1"), &headers, "{}", now);
        let kind = refused(&secret().of_key("key-2"), &headers, "{}", now);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
