//! HubSpot v1: hex SHA-256 of the secret and the body in `X-HubSpot-Signature: <hex>`.
//!
//! Legacy and weak; `hubspot` is version 3. It is a plain digest and no MAC: whoever sees one request can compute
//! the signature of a longer body that begins with the same bytes, without the secret. Such a body is not JSON,
//! so refuse what cannot be parsed. Neither a time nor an id is signed: a captured request stays valid as long as
//! the secret. `X-HubSpot-Signature-Version` must be `v1`. There is no delivery id: a body is a list of events,
//! each with its `eventId`.
//!
//! Source: HubSpot Developers, "Validating requests"; hubspot-api-nodejs, `test/unit/signature.spec.ts`, 2026-11.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::VerifyErrorKind::{self, MalformedSignature};
use crate::error::{SecretError, VerifyError};
use crate::headers::Head;
use crate::keys::{Encoding, KeyFormat, SecretText, Signature};
use crate::provider::Provider;
use crate::registry::{Entry, Handwritten};
use crate::scheme::SignedHeaders;
use crate::verify::{PlainDigest, Verification, Verify, plain_digest};

const SIGNATURE: &str = "x-hubspot-signature";
const VERSION: &str = "x-hubspot-signature-version";

/// The app's client secret, as text.
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<Vec<u8>>);

impl ClientSecret {
    /// Reads a secret.
    ///
    /// # Errors
    ///
    /// If the text is empty, begins or ends with white space, is in quotes, or still has its variable's name in
    /// front.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::read(&SecretText::of(text.as_ref(), "the secret of", Self::NAME)?)
    }

    /// Reads a secret from a text that was checked already.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn read(text: &SecretText) -> Result<Self, SecretError> {
        text.decode(KeyFormat::Raw).map(Self)
    }
}

impl Provider for ClientSecret {
    const NAME: &'static str = "hubspot_v1";
}

impl Verify for ClientSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let signature = signature(head, "v1")?;
        let digest = Sha256::new_with_prefix(&*self.0);
        let check = PlainDigest::check(digest, Zeroizing::default(), signature, |body| {
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(body);
            Ok(delivery.with_signed_message(&[body]))
        });
        Ok(Verification::new::<Self>(head, check))
    }
}

/// The signature of a request whose signature is of this version.
pub(super) fn signature(head: &Head<'_>, version: &str) -> Result<Signature, VerifyErrorKind> {
    let signature = head.required(SIGNATURE)?;
    if head.single(VERSION)? != Some(version.as_bytes()) {
        return Err(MalformedSignature);
    }
    Encoding::Hex.decode(signature, Some(32)).ok_or(MalformedSignature)
}

/// The headers with a signature of these texts.
pub(super) fn signed(version: &str, texts: &[&[u8]]) -> SignedHeaders {
    vec![(SIGNATURE, plain_digest::<Sha256>(texts)), (VERSION, version.to_owned())]
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(hubspot_v1)")
    }
}

pub(super) const ENTRY: Entry = Entry::handwritten::<ClientSecret>(
    "HubSpot v1",
    Handwritten {
        signed: "body",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(ClientSecret::read),
        sign: Some(|credentials, outgoing| {
            Ok(signed("v1", &[credentials.current().as_str().as_bytes(), outgoing.body]))
        }),
    },
)
.credential("client secret", "the app's settings, Auth")
.documentation(
    "https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
)
.reads(&["x-hubspot-signature", "x-hubspot-signature-version"]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{refused, verified};

    #[test]
    fn the_published_example_is_accepted_as_its_version_only() {
        // Published: hubspot-api-python, `test_signature.py`.
        let hex = "69fc6631a867edd4f9e9e627fc5c1148e3fbdd8b21837b6d2b8901c1fa57f750";
        let headers =
            |version| [("X-HubSpot-Signature", hex), ("X-HubSpot-Signature-Version", version)];
        let secret = ClientSecret::new("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy").unwrap();
        let (body, now) = ("{'example_field':'example_value'}", UnixTime::from_secs(0));
        assert!(verified(&secret, &headers("v1"), body, now).covers_body());
        assert_eq!(refused(&secret, &headers("v2"), body, now), MalformedSignature);
        assert_eq!(refused(&secret, &headers("v1"), "{}", now), VerifyErrorKind::InvalidSignature);
    }

    #[test]
    fn the_secret_is_not_shown() {
        let secret = ClientSecret::new("s3cr3t").unwrap();
        assert_eq!(format!("{secret:?}"), "ClientSecret(hubspot_v1)");
    }
}
