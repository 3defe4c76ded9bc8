//! Plivo (signature V2): base64 HMAC-SHA256 of the URL and a nonce in `X-Plivo-Signature-V2`. **The body is
//! not signed.**
//!
//! **A valid signature proves that Plivo sent some request to this URL, and nothing about the body.**
//! [`Delivery::covers_body`] is `false`, and no time is signed: whoever captures one request can send any
//! body with its signature as long as the auth token is valid. Accept the webhook over HTTPS only, and refuse
//! a nonce that was seen before: it is the delivery's signed id, so deduplication does that. Plivo documents
//! no id that a retry keeps.
//!
//! The user holds the account's auth token, from the Console, and gives the public URL of the endpoint, which
//! is signed without its query. Give it with its path: behind a URL without one, digits can move between the path
//! and the nonce. `X-Plivo-Signature-Ma-V2` is accepted too: it is made with the main account's
//! token.
//!
//! Source: Plivo Docs, "Signature validation"; plivo-python, `plivo/utils`, 2026-11.

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, Mac, SecretText, Tag};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, PublicUrl, SignedHeaders};
use crate::verify::{Verification, Verify, by_body};

const SIGNATURE: &str = "x-plivo-signature-v2";
const MAIN_SIGNATURE: &str = "x-plivo-signature-ma-v2";
const NONCE: &str = "x-plivo-signature-v2-nonce";

/// The account's auth token, as text, with the public URL of the endpoint.
#[derive(Debug, Clone)]
pub struct AuthToken {
    mac: Mac,
    url: PublicUrl,
}

impl AuthToken {
    /// Takes the auth token, for requests to this URL.
    ///
    /// # Errors
    ///
    /// If the token is empty.
    pub fn new(token: &SecretText, url: PublicUrl) -> Result<Self, SecretError> {
        Ok(Self { mac: Mac::read(Algorithm::HmacSha256, token)?, url })
    }

    fn tag(&self, target: &str, nonce: &str) -> Tag {
        let url = self.url.of_request(target);
        let url = url.split_once('?').map_or(&*url, |(url, _)| url);
        self.mac.tag(&[url.as_bytes(), nonce.as_bytes()])
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let url = credentials.required_url()?;
        credentials.any_of(|token| Self::new(token, url.clone()))
    }

    fn sign(
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        let token =
            credentials.required_url().and_then(|url| Self::new(credentials.current(), url));
        let token = token.map_err(|_| SignErrorKind::Credentials)?;
        let nonce = outgoing.id.ok_or(SignErrorKind::InvalidDeliveryId)?;
        let tag = token.tag(outgoing.target, nonce);
        let signature = Encoding::Base64.encode(tag.as_bytes());
        Ok(vec![(SIGNATURE, signature), (NONCE, nonce.to_owned())])
    }
}

impl Provider for AuthToken {
    const NAME: &'static str = "plivo_v2";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<AuthToken>(
    "Plivo (signature V2)",
    Handwritten {
        signed: "url without its query, and nonce, not the body",
        signs_id: true,
        signs_url: true,
        public_key: false,
        tolerance: None,
        verifier: AuthToken::of,
        sign: Some(AuthToken::sign),
    },
)
.credential("auth token", "the Console, Overview")
.documentation("https://docs.plivo.com/docs/messaging/concepts/signature-validation")
.reads(&["x-plivo-signature-v2", "x-plivo-signature-ma-v2", "x-plivo-signature-v2-nonce"]);

impl Verify for AuthToken {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let main = head.single(MAIN_SIGNATURE)?;
        let own = head.single(SIGNATURE)?;
        if own.or(main).is_none() {
            return Err(VerifyErrorKind::MissingSignature.into());
        }
        let nonce = head.delivery_id(NONCE)?.ok_or(VerifyErrorKind::InvalidDeliveryId)?.to_owned();
        let tag = self.tag(head.target(), &nonce);
        let is_signed = own
            .into_iter()
            .chain(main)
            .fold(false, |any, signature| any | tag.is_text(Encoding::Base64, signature));
        if !is_signed {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        Ok(by_body::<Self>(head, move |body| {
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            Ok(delivery.with_id(&nonce, true).into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{refused, verified};

    /// Published: plivo-python/tests/resources/test_signature.py.
    const SIGNED: &str = "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn token(url: &str) -> AuthToken {
        let secret = SecretText::new("my_auth_token").unwrap();
        AuthToken::new(&secret, PublicUrl::new(url).unwrap()).unwrap()
    }

    #[test]
    fn the_url_without_its_query_and_the_nonce_are_signed_but_no_body() {
        for name in ["X-Plivo-Signature-V2", "X-Plivo-Signature-Ma-V2"] {
            let headers = [(name, SIGNED), ("X-Plivo-Signature-V2-Nonce", "12345")];
            for (url, body) in [("https://answer.url?a=1", ""), ("https://answer.url?b=2", "other")]
            {
                let delivery = verified(&token(url), &headers, body, NOW);
                assert!(!delivery.covers_body());
                assert_eq!((delivery.id(), delivery.id_is_signed()), (Some("12345"), true));
            }
            let other = [(name, SIGNED), ("X-Plivo-Signature-V2-Nonce", "12346")];
            let kind = refused(&token("https://answer.url?a"), &other, "", NOW);
            assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        }
    }
}
