//! Google Cloud Pub/Sub push: a JWT of a service account, signed with RSA-SHA256, in `Authorization: Bearer
//! <JWT>`. **The body is not signed.**
//!
//! **A valid token proves that Google sent a request for this audience and account, and nothing about the
//! body.** [`Delivery::covers_body`] is `false`. A token is valid for up to an hour and is sent with many
//! messages, so whoever captures one can send any body with it until it expires. Accept pushes over HTTPS
//! only.
//!
//! The user holds the email address of the subscription's service account and its audience, which is the
//! endpoint's URL unless another was set, and gives a [`KeySource`] of Google's keys by their id (`kid`): the
//! application fetches `https://www.googleapis.com/oauth2/v3/certs` again as its `Cache-Control` says, and
//! reads each key with [`FetchedKey::from_jwk`](crate::FetchedKey::from_jwk). Until then the push is answered
//! 503, and Pub/Sub sends it again until the message expires.
//!
//! The message's `messageId`, in the body, is the delivery's unsigned id.
//!
//! No published vector: the test's key and token are ours, made with Python's `cryptography`.
//!
//! Source: Google Cloud Docs, "Authentication for push subscriptions", 2026-11.

use std::sync::Arc;

use serde::Deserialize;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::jws::{self, Jws};
use crate::keys::{Algorithm, KeySource, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify, by_body};

const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// How far Google's clock may be ahead, in seconds.
const LEEWAY: u64 = 60;

/// The service account of a push subscription, with its audience and Google's keys that were fetched.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    email: String,
    audience: String,
    keys: Arc<dyn KeySource>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    email: String,
    email_verified: bool,
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
struct Push {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "messageId")]
    id: String,
}

impl ServiceAccount {
    /// Takes the account's email address and the subscription's audience.
    pub fn new(
        email: &SecretText,
        audience: impl Into<String>,
        keys: impl KeySource + 'static,
    ) -> Self {
        let email = email.as_str().to_owned();
        Self { email, audience: audience.into(), keys: Arc::new(keys) }
    }

    /// The audience is the URL.
    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let (audience, keys) = (credentials.required_url()?.of_request(""), credentials.keys()?);
        credentials.any_of(|email| {
            let email = email.as_str().to_owned();
            Ok(Self { email, audience: audience.clone(), keys: Arc::clone(&keys) })
        })
    }
}

impl Provider for ServiceAccount {
    const NAME: &'static str = "google_pubsub";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<ServiceAccount>(
    "Google Cloud Pub/Sub",
    Handwritten {
        signed: "audience (the url) and account in a JWT, not the body",
        signs_id: false,
        signs_url: true,
        public_key: true,
        tolerance: None,
        verifier: ServiceAccount::of,
        sign: None,
    },
)
.credential("service account's email address", "the subscription's push settings")
.documentation("https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions")
.retries("until the message expires")
.reads(&["authorization"]);

impl Verify for ServiceAccount {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let token = Jws::parse(jws::bearer(head)?, &[Algorithm::RsaSha256])?;
        let key = self.keys.find(token.kid()?).ok_or(VerifyErrorKind::KeyUnavailable)?;
        let now = clock.now();
        let key = key.at(now).ok_or(VerifyErrorKind::InvalidSignature)?;
        let claims: Claims = token.claims_of(key)?;
        let is_meant = ISSUERS.contains(&&*claims.iss)
            && claims.aud == self.audience
            && claims.email == self.email
            && claims.email_verified;
        if !is_meant {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        let from = UnixTime::from_secs(claims.iat.saturating_sub(LEEWAY));
        if now < from || UnixTime::from_secs(claims.exp) <= now {
            return Err(VerifyErrorKind::TimestampOutsideTolerance.into());
        }
        Ok(by_body::<Self>(head, |body| {
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            // Unwrapped pushes have no envelope, and no id in it.
            let Ok(push) = serde_json::from_slice::<Push>(body) else { return Ok(delivery.into()) };
            Ok(delivery.with_id(&push.message.id, false).into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FetchedKey;
    use crate::providers::test::{refused, verified};

    const JWK: &str = r#"{"alg":"RS256","e":"AQAB","kid":"kid-1","kty":"RSA","n":"tXPcaxX-4gK0-SX3dj9nsA9h3JIA07tRJKDEn6SJfqQIpg-CNKxnT6Jz6_3LrqW81qiAxqB5U71o0UB34IOz038LwpPNCvmpapxaLakwSIAVxq1bdRQXS7XV1uWkn-2cFwVlIv0ZqRtR0kbI3SqzE7pnETkitOND9Hr8kPt1HpsDlNGxmI6nCFHCdO2xeozKyyM0PTZ2QK2LtVacBAtI6J7FfpF0lN89sjvxLyjvFhsbnhyyOpsTpvLvmslAxeAS4cn-3FT-mXIROhybFfS_gKqm5fdaGBG5Gr6phKRLEWMMv9yTo5PyNRXZ1d-dvrfDyQuSaXbCMU5xQxJpW3GIwQ","use":"sig"}"#;
    const TOKEN: &str = "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJhdWQiOiAiaHR0cHM6Ly9leGFtcGxlLmNvbS9wdXNoIiwgImF6cCI6ICIxIiwgImVtYWlsIjogInB1c2hAcC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsICJlbWFpbF92ZXJpZmllZCI6IHRydWUsICJleHAiOiAxNzAwMDAzNjAwLCAiaWF0IjogMTcwMDAwMDAwMCwgImlzcyI6ICJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20iLCAic3ViIjogIjEifQ.dOouwgLLv56y5BSKcJeXiCT0DatjBvT5pnrjvt72FcBYazpZXMjjI0GEu4qGxBUONk6ts8cN6xqmEaf4vk0I5o-iHTahqa1y48rfvXcbR2cSCuxZ4HKmUo2JfInN2MOgwoPoyiaXuiq8RFiQP24UEcy9sfHsRc-xcpSbWlfxqYWpUb3cJF8Aw4zemXtAGOWGZQcVYYE_W2dRKna_QuBd3k5nxOELXRz3axkpUicufwN9n1VFgxOUgVc4YAWUaqsT9pl6AGbKDOONDMx68iiKJkX-At7wRuhfBs9k-qiTpNjSj5DT-PCWbrj_5UMckwpHLRIbvaA9r32N6OtazPwhyQ";
    const BODY: &str = r#"{"message":{"data":"","messageId":"136969346945"},"subscription":"s"}"#;

    fn account(email: &str, audience: &str) -> ServiceAccount {
        ServiceAccount::new(&SecretText::new(email).unwrap(), audience, |kid: &str| {
            (kid == "kid-1").then(|| FetchedKey::from_jwk(JWK).unwrap())
        })
    }

    #[test]
    fn the_token_is_for_this_account_and_audience_but_not_for_a_body() {
        let (headers, now) = ([("Authorization", TOKEN)], UnixTime::from_secs);
        let (email, audience) = ("push@p.iam.gserviceaccount.com", "https://example.com/push");
        for secs in [1_699_999_940, 1_700_003_599] {
            let delivery = verified(&account(email, audience), &headers, BODY, now(secs));
            assert!(!delivery.covers_body());
            assert_eq!((delivery.id(), delivery.id_is_signed()), (Some("136969346945"), false));
        }
        assert_eq!(
            verified(&account(email, audience), &headers, "raw", now(1_700_000_000)).id(),
            None
        );
        let stale = VerifyErrorKind::TimestampOutsideTolerance;
        for secs in [1_699_999_939, 1_700_003_600] {
            assert_eq!(refused(&account(email, audience), &headers, BODY, now(secs)), stale);
        }
        for (email, audience) in [(email, "https://example.com/other"), ("eve@p.com", audience)] {
            let kind = refused(&account(email, audience), &headers, BODY, now(1_700_000_000));
            assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        }
    }
}
