//! HubSpot v2: hex SHA-256 of the secret, the method, the URL and the body in `X-HubSpot-Signature: <hex>`.
//!
//! Legacy and weak; `hubspot` is version 3. It is a plain digest and no MAC: whoever sees one request can compute
//! the signature of a longer body that begins with the same bytes, without the secret. Such a body is not JSON,
//! so refuse what cannot be parsed. Neither a time nor an id is signed: a captured request stays valid as long as
//! the secret. `X-HubSpot-Signature-Version` must be `v2`.
//!
//! Source: HubSpot Developers, "Validating requests"; hubspot-api-nodejs, `test/unit/signature.spec.ts`, 2026-11.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::hubspot_v1::{signature, signed};
use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SecretErrorKind, SignError, SignErrorKind, VerifyError};
use crate::headers::Head;
use crate::keys::{KeyFormat, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, PublicUrl, SignedHeaders};
use crate::verify::{PlainDigest, Verification, Verify};

/// The app's client secret, as text, with the URL that HubSpot sends to.
#[derive(Clone)]
pub struct ClientSecret {
    secret: Zeroizing<Vec<u8>>,
    url: PublicUrl,
}

impl ClientSecret {
    /// Reads a secret.
    ///
    /// # Errors
    ///
    /// If the text is empty, begins or ends with white space, is in quotes, or still has its variable's name in
    /// front, and if the URL is not an absolute `http` or `https` URL.
    pub fn for_url(text: impl AsRef<str>, url: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::read_for_url(&SecretText::of(text.as_ref(), "the secret of", Self::NAME)?, url)
    }

    /// The same for a text that was checked already.
    ///
    /// # Errors
    ///
    /// If the URL is not an absolute `http` or `https` URL.
    pub fn read_for_url(text: &SecretText, url: impl AsRef<str>) -> Result<Self, SecretError> {
        Ok(Self { secret: text.decode(KeyFormat::Raw)?, url: PublicUrl::new(url)? })
    }
}

impl Provider for ClientSecret {
    const NAME: &'static str = "hubspot_v2";
}

impl Verify for ClientSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let signature = signature(head, "v2")?;
        let request = format!("{}{}", head.method(), self.url.of_request(head.target()));
        let digest = Sha256::new_with_prefix(&*self.secret).chain_update(&request);
        let check = PlainDigest::check(digest, Zeroizing::default(), signature, move |body| {
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            // In one: a URL with a query and the body have no boundary.
            Ok(delivery.with_signed_message(&[&[request.as_bytes(), body].concat()]))
        });
        Ok(Verification::new::<Self>(head, check))
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(hubspot_v2)")
    }
}

pub(super) const ENTRY: Entry = Entry::handwritten::<ClientSecret>(
    "HubSpot v2",
    Handwritten {
        signed: "method, url and body",
        signs_id: false,
        signs_url: true,
        public_key: false,
        tolerance: None,
        verifier: |credentials| {
            credentials.any_of(|text| {
                let secret = text.decode(KeyFormat::Raw)?;
                let url = credentials.url().cloned();
                let url = url.ok_or_else(|| text.error(SecretErrorKind::UrlRequired))?;
                Ok(ClientSecret { secret, url })
            })
        },
        sign: Some(sign),
    },
)
.credential("client secret", "the app's settings, Auth")
.documentation(
    "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
)
.reads(&["x-hubspot-signature", "x-hubspot-signature-version"]);

fn sign(credentials: &Credentials, outgoing: &Outgoing<'_>) -> Result<SignedHeaders, SignError> {
    let url = credentials.url().ok_or(SignErrorKind::Credentials)?.of_request(outgoing.target);
    let (secret, method) = (credentials.current().as_str(), outgoing.method);
    Ok(signed("v2", &[secret.as_bytes(), method.as_bytes(), url.as_bytes(), outgoing.body]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bytes, UnixTime, VerifyErrorKind};

    #[test]
    fn the_published_example_is_accepted_for_its_method_and_url() {
        // Published: hubspot-api-nodejs, `signature.spec.ts`.
        let headers = [
            (
                "X-HubSpot-Signature",
                "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e",
            ),
            ("X-HubSpot-Signature-Version", "v2"),
        ];
        let verify = |method, url| {
            let secret =
                ClientSecret::for_url("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", url).unwrap();
            let head = Head::new(method, "/webhook_uri", &headers);
            let outcome = secret.verify(&head, &Bytes::new(), UnixTime::from_secs(0));
            outcome.err().map(|error| error.kind())
        };
        let invalid = Some(VerifyErrorKind::InvalidSignature);
        assert_eq!(verify("GET", "https://www.example.com/webhook_uri"), None);
        assert_eq!(verify("GET", "https://www.example.org/webhook_uri"), invalid);
        assert_eq!(verify("POST", "https://www.example.com/webhook_uri"), invalid);
    }
}
