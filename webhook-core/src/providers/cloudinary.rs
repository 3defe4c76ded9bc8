//! Cloudinary: hex SHA-1 or SHA-256 of the body, the timestamp and the secret in `X-Cld-Signature: <hex>`.
//!
//! A plain digest and no MAC. Which of the two Cloudinary computes is a setting of the account; here its length
//! tells. Collisions of SHA-1 can be computed: whoever has Cloudinary send a body of their making could have
//! another one accepted, so set the account to SHA-256. The secret is the account's API secret, which can do much
//! more than sign. Signatures of uploads are made with it in the same way, so a body that is no JSON object is
//! refused. Never sign parameters whose names a client chose. The time, `X-Cld-Timestamp`, may be 7200 s off, as in Cloudinary's libraries. There is no
//! delivery id. The body has a `timestamp` and a `signature` too, which are not read.
//!
//! Source: Cloudinary Docs, "Notification signatures"; cloudinary-npm, `lib/utils/index.js`, 2026-11.

use std::fmt;
use std::time::Duration;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::VerifyErrorKind::{
    InvalidSignature, InvalidTimestamp, MalformedSignature, TimestampOutsideTolerance,
};
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError};
use crate::headers::Head;
use crate::keys::{Encoding, KeyFormat, SecretText};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, SignedHeaders};
use crate::timestamp::TimestampUnit;
use crate::verify::{PlainDigest, Verification, Verify, plain_digest};

const SIGNATURE: &str = "x-cld-signature";
const TIMESTAMP: &str = "x-cld-timestamp";
const TOLERANCE: Duration = Duration::from_secs(7200);

/// The account's API secret, as text.
#[derive(Clone)]
pub struct ApiSecret {
    secret: Zeroizing<Vec<u8>>,
    tolerance: Duration,
}

impl ApiSecret {
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
        Ok(Self { secret: text.decode(KeyFormat::Raw)?, tolerance: TOLERANCE })
    }

    /// How far the signed time may be from now, in either direction, inclusively.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }
}

impl Provider for ApiSecret {
    const NAME: &'static str = "cloudinary";
}

impl Verify for ApiSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let signature = head.required(SIGNATURE)?;
        let is_sha1 = signature.len() == 40;
        let len = if is_sha1 { 20 } else { 32 };
        let signature = Encoding::Hex.decode(signature, Some(len)).ok_or(MalformedSignature)?;

        let text = head.header(TIMESTAMP).ok().flatten().ok_or(InvalidTimestamp)?;
        let time = TimestampUnit::Seconds.parse(text).ok_or(InvalidTimestamp)?;
        if !time.is_within(self.tolerance, clock.now()) {
            return Err(TimestampOutsideTolerance.into());
        }

        let (text, tolerance) = (text.to_vec(), self.tolerance);
        let after = Zeroizing::new([&text[..], &self.secret].concat());
        let delivery = move |body: &bytes::Bytes| {
            if !is_object(body) {
                return Err(InvalidSignature.into());
            }
            Ok(Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_signed_message(&[body, &text])
                .with_signed_time(time, tolerance))
        };
        let check = if is_sha1 {
            PlainDigest::check(Sha1::new(), after, signature, delivery)
        } else {
            PlainDigest::check(Sha256::new(), after, signature, delivery)
        };
        Ok(Verification::new::<Self>(head, check))
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(cloudinary)")
    }
}

pub(super) const ENTRY: Entry = Entry::handwritten::<ApiSecret>(
    "Cloudinary",
    Handwritten {
        signed: "body and time",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: Some(TOLERANCE),
        verifier: |credentials| {
            let tolerance = credentials.tolerance().unwrap_or(TOLERANCE);
            credentials.any_of(|text| Ok(ApiSecret::read(text)?.with_tolerance(tolerance)))
        },
        sign: Some(sign),
    },
)
.credential("API secret", "the Console, Settings, API Keys")
.documentation("https://cloudinary.com/documentation/notification_signatures")
.reads(&["x-cld-signature", "x-cld-timestamp"]);

/// As an account that is set to SHA-256.
fn sign(credentials: &Credentials, outgoing: &Outgoing<'_>) -> Result<SignedHeaders, SignError> {
    if !is_object(outgoing.body) {
        return Err(SignErrorKind::Unsupported.into());
    }
    let time = TimestampUnit::Seconds.print(outgoing.now);
    let texts = [outgoing.body, time.as_bytes(), credentials.current().as_str().as_bytes()];
    Ok(vec![(SIGNATURE, plain_digest::<Sha256>(&texts)), (TIMESTAMP, time)])
}

/// Whether the body looks like a JSON object, as notifications do and the parameters of an upload do not.
fn is_object(body: &[u8]) -> bool {
    matches!(body.trim_ascii(), [b'{', .., b'}'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    #[test]
    fn the_published_example_is_accepted() {
        // Published: cloudinary-npm, `test/utils/utils_spec.js`.
        let body = r#"{"public_id":"b8sjhoslj8cq8ovoa0ma","version":"1555337587","width":1000,"height":800}"#;
        let headers = [
            ("X-Cld-Signature", "6c5a29fd8815772fbac2f10ae741e093d0859313947ef8fadeb29126ded6649c"),
            ("X-Cld-Timestamp", "7952342400000"),
        ];
        let secret = ApiSecret::new("hardcoded").unwrap();
        let now = UnixTime::from_secs(7_952_342_400_000);
        assert_eq!(verified(&secret, &headers, body, now).signed_at(), Some(now));
        let kind = refused(&secret, &headers, "{}", now);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
        let later = UnixTime::from_secs(now.as_secs() + 7201);
        assert_eq!(refused(&secret, &headers, body, later), TimestampOutsideTolerance);
        verified(&secret.with_tolerance(Duration::from_secs(7201)), &headers, body, later);
    }

    #[test]
    fn the_signature_of_an_upload_is_no_notifications() {
        let secret = ApiSecret::new("key").unwrap();
        // What an upload signs: its parameters, the last of them the time, and the secret.
        let signature = plain_digest::<Sha1>(&[b"public_id=x&timestamp=", b"1700000000", b"key"]);
        let headers = [("X-Cld-Signature", &*signature), ("X-Cld-Timestamp", "1700000000")];
        let now = UnixTime::from_secs(1_700_000_000);
        assert_eq!(refused(&secret, &headers, "public_id=x&timestamp=", now), InvalidSignature);
    }

    #[test]
    fn sha1_is_told_by_its_length() {
        let secret = ApiSecret::new("key").unwrap();
        let now = UnixTime::from_secs(1_700_000_000);
        // Ours: Python's `hashlib` over the body, the time and the secret.
        let sha1 = "146820ed7dfc5dfd5d262c90925c0693fbed968c";
        let headers =
            |signature| [("X-Cld-Signature", signature), ("X-Cld-Timestamp", "1700000000")];
        verified(&secret, &headers(sha1), r#"{"id":"evt_1"}"#, now);
        let kind = refused(&secret, &headers(&sha1[2..]), r#"{"id":"evt_1"}"#, now);
        assert_eq!(kind, MalformedSignature);
    }
}
