//! PayPal: RSA-SHA256 of `{id}|{time}|{webhook id}|{CRC-32 of the body}` in `PAYPAL-TRANSMISSION-SIG`. **The
//! body is protected by a checksum only.**
//!
//! **Whoever captures one request can change its body so that the CRC-32 stays the same**: four bytes
//! suffice, as it is no cryptographic hash. [`Delivery::covers_body`] is therefore `false`. Accept the
//! webhook over HTTPS only, refuse ids that were seen before, and ask PayPal's API about the event before
//! money moves.
//!
//! The user holds the webhook's id, from the Developer Dashboard, and gives a [`KeySource`] of certificates.
//! The certificate's URL, in `PAYPAL-CERT-URL`, must pass [`is_certificate_url`]; the application fetches it
//! by HTTPS and reads it with [`FetchedKey::from_certificate`](crate::FetchedKey::from_certificate). Until
//! then the webhook is answered 503, and PayPal sends it again. Deliveries are of live accounts unless
//! [`WebhookId::in_sandbox`] is called. The simulator's are of no webhook id and are refused.
//!
//! The id and the time of the transmission are signed. PayPal names no tolerance; 300 s is this crate's.
//! PayPal sends again up to 25 times within 3 days.
//!
//! No published vector: the test's certificate and signature are ours, made with openssl.
//!
//! Source: PayPal Developer, "Integrate webhooks"; PayPal-Python-SDK, `notifications.py`, 2026-11.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, VerifyError, VerifyErrorKind};
use crate::headers::Head;
use crate::keys::{Encoding, FetchedKey, KeySource, Message, SecretText, sha256};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::timestamp::TimestampUnit;
use crate::verify::{Verification, Verify, by_body};

const TOLERANCE: Duration = Duration::from_secs(300);

/// The webhook's id, with the certificates that were fetched.
#[derive(Debug, Clone)]
pub struct WebhookId {
    id: String,
    keys: Arc<dyn KeySource>,
    tolerance: Duration,
    sandbox: bool,
}

impl WebhookId {
    /// Takes the id of a live account's webhook.
    pub fn new(id: &SecretText, keys: impl KeySource + 'static) -> Self {
        Self::with_source(id, Arc::new(keys))
    }

    fn with_source(id: &SecretText, keys: Arc<dyn KeySource>) -> Self {
        Self { id: id.as_str().to_owned(), keys, tolerance: TOLERANCE, sandbox: false }
    }

    /// Accepts deliveries of PayPal's sandbox, and no others.
    #[must_use]
    pub const fn in_sandbox(mut self) -> Self {
        self.sandbox = true;
        self
    }

    /// How far the signed time may be from now, in either direction, inclusively.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn of(credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        let keys = credentials.keys()?;
        let tolerance = credentials.tolerance().unwrap_or(TOLERANCE);
        credentials
            .any_of(|id| Ok(Self::with_source(id, Arc::clone(&keys)).with_tolerance(tolerance)))
    }

    fn key(&self, head: &Head<'_>) -> Result<FetchedKey, VerifyErrorKind> {
        let malformed = VerifyErrorKind::MalformedSignature;
        if head.required("paypal-auth-algo")? != b"SHA256withRSA" {
            return Err(malformed);
        }
        let url = std::str::from_utf8(head.required("paypal-cert-url")?).map_err(|_| malformed)?;
        let hosts = if self.sandbox { SANDBOX } else { LIVE };
        if !host_of_certificate(url).is_some_and(|host| hosts.contains(&host)) {
            return Err(malformed);
        }
        self.keys.find(url).ok_or(VerifyErrorKind::KeyUnavailable)
    }
}

impl Provider for WebhookId {
    const NAME: &'static str = "paypal";
}

pub(super) const ENTRY: Entry = Entry::handwritten::<WebhookId>(
    "PayPal",
    Handwritten {
        signed: "id, time, webhook id and a checksum of the body",
        signs_id: true,
        signs_url: false,
        public_key: true,
        tolerance: Some(TOLERANCE),
        verifier: WebhookId::of,
        sign: None,
    },
)
.credential("webhook id", "the Developer Dashboard, the app, Webhooks")
.documentation("https://developer.paypal.com/api/rest/webhooks/rest/")
.retries("up to 25 times within 3 days")
.reads(&[
    "paypal-transmission-sig",
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-auth-algo",
    "paypal-cert-url",
]);

impl Verify for WebhookId {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let signature = head.required("paypal-transmission-sig")?;
        let signature = Encoding::Base64.decode(signature, None);
        let signature = signature.ok_or(VerifyErrorKind::MalformedSignature)?;
        let time_text = head.header("paypal-transmission-time").ok().flatten();
        let time_text = time_text.filter(|text| text.len() <= 64);
        let time = time_text.and_then(|text| TimestampUnit::Rfc3339.parse(text));
        let (time, time_text) = time.zip(time_text).ok_or(VerifyErrorKind::InvalidTimestamp)?;
        let (now, tolerance) = (clock.now(), self.tolerance);
        if !time.is_within(tolerance, now) {
            return Err(VerifyErrorKind::TimestampOutsideTolerance.into());
        }
        let id = head.delivery_id("paypal-transmission-id")?.filter(|id| !id.contains('|'));
        let id = id.ok_or(VerifyErrorKind::InvalidDeliveryId)?.to_owned();
        let key = self.key(head)?;
        let before = [id.as_bytes(), b"|", time_text, b"|", self.id.as_bytes(), b"|"].concat();
        Ok(by_body::<Self>(head, move |body| {
            let invalid = VerifyErrorKind::InvalidSignature;
            let checksum = crc32fast::hash(body).to_string();
            let parts = [&*before, checksum.as_bytes(), &[]];
            let message = Message { parts, digest: sha256(&parts) };
            let key = key.at(now).ok_or(invalid)?;
            if !key.verifies(signature.as_bytes(), &message) {
                return Err(invalid.into());
            }
            Ok(Delivery::assume_verified_by_custom_check::<Self>(body)
                .with_signed_time(time, tolerance)
                .with_id(&id, true)
                .into())
        }))
    }
}

const LIVE: [&str; 2] = ["api.paypal.com", "api-m.paypal.com"];
const SANDBOX: [&str; 2] = ["api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];

/// Whether this is the URL of a certificate of PayPal, live or in the sandbox: `https`, without a port, at PayPal's API
/// and below `/v1/notifications/certs/`.
///
/// A [`WebhookId`] asks its source for no other. A function that fetches certificates should check again.
pub fn is_certificate_url(url: &str) -> bool {
    host_of_certificate(url).is_some_and(|host| LIVE.contains(&host) || SANDBOX.contains(&host))
}

/// The host of a URL whose path is a certificate's.
fn host_of_certificate(url: &str) -> Option<&str> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let name = path.strip_prefix("v1/notifications/certs/")?;
    let is_name = (1..=128).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::{refused, verified};

    const URL: &str =
        "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270";
    const SIGNATURE: &str = "G93ChcdAtU/+1pqet9Y9Df8bN30WdZISrovajXWoi0kfVKjdrp1s1ACeV1PqwKSTuPsAsfI+yrHz2szouJD8BQCNSz3TFLwmZyiSJy8zST3+Tf/O2/Nhf53UM46vUPE1vPcDIsAjKygXuRxPbF2GqwEdn5UaJre4jTB6ZiNdvE0wGdCJVI/oHzB/sZSmMEixCCW/oUxmXE+huKE2wgXeNaUvNJpb1SJ/jsF8rLSwjx8+NAfrnYx1HHhJnTcEDnip8rKkk9RkTApoSWHUz60NeVm3crs21egLIViItT3f/KLMH6IQVITvkcpK1jao2iE5pkVBvCWTnMOwxBAoS2cDzQ==";
    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn webhook(id: &str) -> WebhookId {
        let pem = include_str!("testdata/certificate.pem");
        WebhookId::new(&SecretText::new(id).unwrap(), move |url: &str| {
            (url == URL).then(|| FetchedKey::from_certificate(pem).unwrap())
        })
    }

    fn headers(url: &str) -> [(&'static str, &str); 5] {
        [
            ("PAYPAL-TRANSMISSION-ID", "id-1"),
            ("PAYPAL-TRANSMISSION-TIME", "2027-01-15T08:00:00Z"),
            ("PAYPAL-TRANSMISSION-SIG", SIGNATURE),
            ("PAYPAL-CERT-URL", url),
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
        ]
    }

    #[test]
    fn the_id_the_time_and_the_checksum_are_signed() {
        let delivery = verified(&webhook("WH-1"), &headers(URL), "{}", NOW);
        assert!(!delivery.covers_body());
        assert_eq!((delivery.id(), delivery.id_is_signed()), (Some("id-1"), true));
        assert_eq!(delivery.signed_at(), Some(NOW));
        let invalid = VerifyErrorKind::InvalidSignature;
        assert_eq!(refused(&webhook("WH-1"), &headers(URL), "{ }", NOW), invalid);
        assert_eq!(refused(&webhook("WH-2"), &headers(URL), "{}", NOW), invalid);
        let mut other = headers(URL);
        other[0].1 = "id-2";
        assert_eq!(refused(&webhook("WH-1"), &other, "{}", NOW), invalid);
        let late = UnixTime::from_secs(1_800_000_301);
        let kind = refused(&webhook("WH-1"), &headers(URL), "{}", late);
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance);
    }

    #[test]
    fn only_certificates_of_paypal_are_fetched() {
        let kind = |url| refused(&webhook("WH-1"), &headers(url), "{}", NOW);
        let unknown = "https://api.paypal.com/v1/notifications/certs/CERT-0";
        assert_eq!(kind(unknown), VerifyErrorKind::KeyUnavailable);
        for url in [
            "http://api.paypal.com/v1/notifications/certs/CERT-0",
            "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-0",
            "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-0",
            "https://api.paypal.com:444/v1/notifications/certs/CERT-0",
            "https://api.paypal.com/v1/notifications/certs/../x",
            "https://api.paypal.com/x/v1/notifications/certs/CERT-0",
            "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-0",
        ] {
            assert_eq!(kind(url), VerifyErrorKind::MalformedSignature, "{url}");
            assert_eq!(is_certificate_url(url), url.contains(".sandbox."), "{url}");
        }
        let sandbox = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-0";
        let kind = refused(&webhook("WH-1").in_sandbox(), &headers(sandbox), "{}", NOW);
        assert_eq!(kind, VerifyErrorKind::KeyUnavailable);
    }
}
