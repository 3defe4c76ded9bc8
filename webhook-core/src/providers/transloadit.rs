//! Transloadit: hex HMAC of the form field `transloadit`, in the field `signature: sha384:<hex>`.
//!
//! The user holds the auth secret, from the workspace's Credentials. The request is a multipart form whose
//! field `transloadit` is the Assembly Status, in JSON. **The delivery's body is that field alone**, so that
//! handlers read exactly what is signed: `Json<T>` reads the status. SHA-384 is what Transloadit uses; as in
//! its SDK, `sha1:`, `sha256:` and `sha512:` are accepted too, and a signature without a prefix is HMAC-SHA1.
//!
//! No time and no id is signed apart from that: a captured request stays valid as long as the secret.
//! `assembly_id` names the assembly, whose notification can be replayed on request, so it is not taken for a
//! delivery's id. Without a 200 Transloadit sends 5 times again within a minute.
//!
//! Source: Transloadit Docs, "Webhooks" and "Signature Authentication"; transloadit/node-sdk,
//! `packages/utils`, 2026-11.

use bytes::Bytes;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, Mac, SecretText};
use crate::multipart;
use crate::provider::Provider;
use crate::registry::{Entry, Handwritten};
use crate::verify::{Verification, Verify, by_body};

const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("sha384", Algorithm::HmacSha384),
    ("sha1", Algorithm::HmacSha1),
    ("sha256", Algorithm::HmacSha256),
    ("sha512", Algorithm::HmacSha512),
];

/// The workspace's auth secret, as text.
#[derive(Debug, Clone)]
pub struct AuthSecret {
    secret: SecretText,
}

impl AuthSecret {
    /// Takes the secret.
    ///
    /// # Errors
    ///
    /// If the secret is empty.
    pub fn new(secret: &SecretText) -> Result<Self, SecretError> {
        Mac::read(Algorithm::HmacSha384, secret)?;
        Ok(Self { secret: secret.clone() })
    }

    fn signed(&self, signature: &[u8], payload: &[u8]) -> Option<()> {
        let signature = std::str::from_utf8(signature).ok()?;
        let (name, hex) = signature.split_once(':').unwrap_or(("sha1", signature));
        let (_, algorithm) = ALGORITHMS.into_iter().find(|(each, _)| *each == name)?;
        let mac = Mac::read(algorithm, &self.secret).ok()?;
        mac.tag(&[payload]).is_text(Encoding::Hex, hex.as_bytes()).then_some(())
    }
}

impl Provider for AuthSecret {
    const NAME: &'static str = "transloadit";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<AuthSecret>(
    "Transloadit",
    Handwritten {
        signed: "the form's `transloadit`",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(AuthSecret::new),
        sign: None,
    },
)
.credential("auth secret", "the workspace's Credentials")
.documentation("https://transloadit.com/docs/topics/webhooks/")
.retries("5 times within a minute");

impl Verify for AuthSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let boundary = multipart::boundary(head).ok_or(VerifyErrorKind::MissingSignature)?;
        let secret = self.clone();
        Ok(by_body::<Self>(head, move |body| {
            let field = |name| {
                multipart::single(body, &boundary, name).ok_or(VerifyErrorKind::MissingSignature)
            };
            let (signature, payload) = (field("signature")?, field("transloadit")?);
            secret.signed(signature, payload).ok_or(VerifyErrorKind::InvalidSignature)?;
            let payload = Bytes::copy_from_slice(payload);
            let delivery = Delivery::assume_verified_by_custom_check::<Self>(&payload);
            Ok(delivery.with_signed_message(&[&payload]).into())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{refused, verified};

    /// Published: transloadit/node-sdk, packages/notify-url-relay/test/index.test.ts.
    const PAYLOAD: &str = r#"{"ok":"ASSEMBLY_COMPLETED"}"#;
    const SIGNATURE: &str = "sha384:bf26800c5256b38bbf9375c76894d5b649751903973f99d0f036c8e52f6cda287bed711b73c21dbde4d4df6c8fc540a1";
    const HEADERS: [(&str, &str); 1] = [("Content-Type", "multipart/form-data; boundary=x")];
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> AuthSecret {
        AuthSecret::new(&SecretText::new("foo_secret").unwrap()).unwrap()
    }

    fn form(payload: &str, signature: &str) -> String {
        let part = |name, value| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        format!("{}{}--x--\r\n", part("transloadit", payload), part("signature", signature))
    }

    #[test]
    fn the_published_example_is_accepted_and_is_the_body() {
        let delivery = verified(&secret(), &HEADERS, &form(PAYLOAD, SIGNATURE), NOW);
        assert_eq!(delivery.body(), PAYLOAD);
        assert!(delivery.covers_body());
        // Ours: Python's `hmac`, with SHA-1.
        verified(
            &secret(),
            &HEADERS,
            &form(PAYLOAD, "9c31e806b2f3ac4d7cf69d7c29ccf6806b9ee073"),
            NOW,
        );
    }

    #[test]
    fn what_is_not_signed_is_refused() {
        let invalid = VerifyErrorKind::InvalidSignature;
        for (payload, signature) in [
            ("{}", SIGNATURE),
            (PAYLOAD, &SIGNATURE["sha384:".len()..]),
            (PAYLOAD, &SIGNATURE.replace("384", "512")),
            (PAYLOAD, &SIGNATURE.replace("sha384", "md5")),
        ] {
            assert_eq!(refused(&secret(), &HEADERS, &form(payload, signature), NOW), invalid);
        }
        let missing = VerifyErrorKind::MissingSignature;
        let unsigned = form(PAYLOAD, SIGNATURE).replace("\"signature\"", "\"other\"");
        assert_eq!(refused(&secret(), &HEADERS, &unsigned, NOW), missing);
        assert_eq!(refused(&secret(), &[("a", "b")], &form(PAYLOAD, SIGNATURE), NOW), missing);
    }
}
