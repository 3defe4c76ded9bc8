//! Contentful: hex HMAC-SHA256 of the method, path, chosen headers and body in `X-Contentful-Signature: <hex>`.
//!
//! `X-Contentful-Signed-Headers` lists the headers that are signed; the list itself and the time must be among
//! them. The time, `X-Contentful-Timestamp`, is in milliseconds and may be 30 s off, as in Contentful's library.
//! The topic, `X-Contentful-Topic`, is handed on as a hint, whether it is signed or not. There is no delivery id.
//! Of the URL only the path and the query are signed, and a second question mark is refused. Where your application sees another path than Contentful
//! sends to, such as behind a proxy or in a nested router, give the public URL.
//!
//! No published vector: the test's signature is one of Contentful's library.
//!
//! Source: Contentful Docs, "Request verification"; node-apps-toolkit 3.16, `src/requests`, 2026-11.

use std::fmt::{self, Write as _};
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::VerifyErrorKind::{
    self, InvalidSignature, InvalidTimestamp, MalformedSignature, TimestampOutsideTolerance,
};
use crate::error::{SecretError, SignError, SignErrorKind, VerifyError};
use crate::headers::Head;
use crate::keys::{Algorithm, Encoding, KeyFormat, Mac, SecretText, Signature};
use crate::provider::Provider;
use crate::registry::{Credentials, Entry, Handwritten};
use crate::scheme::{Outgoing, PublicUrl, SignedHeaders};
use crate::timestamp::{TimestampUnit, UnixTime};
use crate::verify::{Check, Checked, Verification, Verify};

const SIGNATURE: &str = "x-contentful-signature";
const SIGNED_HEADERS: &str = "x-contentful-signed-headers";
const TIMESTAMP: &str = "x-contentful-timestamp";
const TOLERANCE: Duration = Duration::from_secs(30);
/// More are refused.
const MAX_SIGNED_HEADERS: usize = 32;
/// A longer text before the body is refused.
const MAX_HEAD_LEN: usize = 16 * 1024;

/// The signing secret, as text.
#[derive(Clone)]
pub struct SigningSecret {
    mac: Mac,
    url: Option<PublicUrl>,
    tolerance: Duration,
}

impl SigningSecret {
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
        let mac = Mac::new(Algorithm::HmacSha256, &text.decode(KeyFormat::Raw)?);
        let mac = mac.ok_or_else(|| text.undecodable(KeyFormat::Raw))?;
        Ok(Self { mac, url: None, tolerance: TOLERANCE })
    }

    /// The URL that Contentful sends to. Its path and query are taken instead of the request's, as far as it has
    /// them.
    #[must_use]
    pub fn with_url(mut self, url: PublicUrl) -> Self {
        self.url = Some(url);
        self
    }

    /// How far the signed time may be from now, in either direction, inclusively.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    fn of_credentials(credentials: &Credentials, text: &SecretText) -> Result<Self, SecretError> {
        let tolerance = credentials.tolerance().unwrap_or(TOLERANCE);
        let url = credentials.url().cloned();
        Ok(Self { url, ..Self::read(text)?.with_tolerance(tolerance) })
    }

    /// What is signed before the body. `headers` are the names and the values, by name.
    fn before_body(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &[u8])],
    ) -> Option<Vec<u8>> {
        let path = match &self.url {
            Some(url) => signed_path(&url.of_request(target)),
            None => signed_path(target),
        }?;
        let mut text = format!("{method}\n{path}\n").into_bytes();
        for (index, (name, value)) in headers.iter().enumerate() {
            text.extend_from_slice(if index == 0 { b"" } else { b";" });
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            text.extend_from_slice(value.trim_ascii());
        }
        text.push(b'\n');
        Some(text)
    }
}

impl Provider for SigningSecret {
    const NAME: &'static str = "contentful";
    const HINTS: &'static [&'static str] = &["x-contentful-topic"];
}

impl Verify for SigningSecret {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let signature = head.required(SIGNATURE)?;
        let signature = Encoding::Hex.decode(signature, Some(32)).ok_or(MalformedSignature)?;
        let time = head.header(TIMESTAMP).ok().flatten().ok_or(InvalidTimestamp)?;
        let time = TimestampUnit::Milliseconds.parse(time).ok_or(InvalidTimestamp)?;
        if !time.is_within(self.tolerance, clock.now()) {
            return Err(TimestampOutsideTolerance.into());
        }
        let before = self.before_body(head.method(), head.target(), &signed_headers(head)?);
        let before = before.ok_or(MalformedSignature)?;
        if before.len() > MAX_HEAD_LEN {
            return Err(MalformedSignature.into());
        }
        let mac = self.mac.fed(&before);
        let check = Request { mac, before, signature, time, tolerance: self.tolerance };
        Ok(Verification::new::<Self>(head, Box::new(check)))
    }
}

/// The headers that are signed, by name.
fn signed_headers<'a>(head: &Head<'a>) -> Result<Vec<(&'a str, &'a [u8])>, VerifyErrorKind> {
    let list = head.single(SIGNED_HEADERS)?.ok_or(MalformedSignature)?;
    let list = std::str::from_utf8(list).map_err(|_| MalformedSignature)?;
    let mut headers = Vec::new();
    for name in list.split(',').map(str::trim) {
        if headers.len() == MAX_SIGNED_HEADERS || name.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            return Err(MalformedSignature);
        }
        headers.push((name, head.single(name)?.ok_or(MalformedSignature)?));
    }
    headers.sort_unstable();
    headers.dedup();
    let is_signed = |name| headers.iter().any(|(each, _)| *each == name);
    if is_signed(SIGNED_HEADERS) && is_signed(TIMESTAMP) {
        Ok(headers)
    } else {
        Err(MalformedSignature)
    }
}

/// The path and query of a URL or request target, escaped as Contentful's library escapes them once more before it signs.
/// The library signs nothing behind a second question mark: then `None`.
fn signed_path(url: &str) -> Option<String> {
    const QUERY: &str = "-_.!~*'()";
    const URI: &str = "-_.!~*'();,/?:@&=+$#";
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find(['/', '?']).and_then(|start| rest.get(start..)).unwrap_or("/");
    match path.split_once('?') {
        None => Some(escaped(path, URI)),
        Some((pathname, "")) => Some(escaped(pathname, URI)),
        Some((_, query)) if query.contains('?') => None,
        Some((pathname, query)) => {
            Some(escaped(&format!("{pathname}?{}", escaped(query, QUERY)), URI))
        }
    }
}

/// `text` with all bytes escaped that are neither letters nor digits nor in `kept`.
fn escaped(text: &str, kept: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

struct Request {
    mac: Mac,
    before: Vec<u8>,
    signature: Signature,
    time: UnixTime,
    tolerance: Duration,
}

impl Check for Request {
    fn update(&mut self, piece: &[u8]) {
        self.mac.update(piece);
    }

    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        if !bool::from(self.mac.tag(&[]).matches(&self.signature)) {
            return Err(InvalidSignature.into());
        }
        let delivery = Delivery::assume_verified_by_custom_check::<SigningSecret>(whole)
            .with_signed_message(&[&self.before, whole])
            .with_signed_time(self.time, self.tolerance);
        Ok(delivery.into())
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(contentful)")
    }
}

pub(super) const ENTRY: Entry = Entry::handwritten::<SigningSecret>(
    "Contentful",
    Handwritten {
        signed: "method, path, time, chosen headers and body",
        signs_id: false,
        // The path alone is.
        signs_url: false,
        public_key: false,
        tolerance: Some(TOLERANCE),
        verifier: |credentials| {
            credentials.any_of(|text| SigningSecret::of_credentials(credentials, text))
        },
        sign: Some(sign),
    },
)
.credential("signing secret", "the space's settings, Webhooks, Settings, Request verification")
.documentation("https://www.contentful.com/developers/docs/webhooks/request-verification/")
.reads(&[
    "x-contentful-signature",
    "x-contentful-signed-headers",
    "x-contentful-timestamp",
    "x-contentful-topic",
]);

fn sign(credentials: &Credentials, outgoing: &Outgoing<'_>) -> Result<SignedHeaders, SignError> {
    let secret = SigningSecret::of_credentials(credentials, credentials.current())
        .map_err(|_| SignErrorKind::Credentials)?;
    let time = TimestampUnit::Milliseconds.print(outgoing.now);
    let list = format!("{SIGNED_HEADERS},{TIMESTAMP}");
    let headers = [(SIGNED_HEADERS, list.as_bytes()), (TIMESTAMP, time.as_bytes())];
    let before = secret.before_body(outgoing.method, outgoing.target, &headers);
    let before = before.ok_or(SignErrorKind::Unsupported)?;
    let tag = secret.mac.tag(&[&before, outgoing.body]);
    let signature = Encoding::Hex.encode(tag.as_bytes());
    Ok(vec![(SIGNATURE, signature), (SIGNED_HEADERS, list), (TIMESTAMP, time)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic";

    fn verify(list: &str, topic: &str, target: &str) -> Option<VerifyErrorKind> {
        let secret = SigningSecret::new("q".repeat(64)).unwrap();
        let headers = [
            // By node-apps-toolkit 3.16.1, `signRequest`.
            (
                "X-Contentful-Signature",
                "d075b092d137a8b0fa580a3d2fbfa53c4373ee3fd20584112c5b9b2d5fad9074",
            ),
            ("X-Contentful-Signed-Headers", list),
            ("X-Contentful-Timestamp", "1700000000000"),
            ("X-Contentful-Topic", topic),
        ];
        let body = Bytes::from_static(br#"{"id":"evt_1"}"#);
        let now = UnixTime::from_secs(1_700_000_030);
        let outcome = secret.verify(&Head::new("POST", target, &headers), &body, now);
        outcome.err().map(|error| error.kind())
    }

    #[test]
    fn a_signature_of_the_library_is_accepted() {
        let topic = "ContentManagement.Entry.publish";
        assert_eq!(verify(LIST, topic, "/hook?a=b%20c&d=/"), None);
        assert_eq!(verify(LIST, "other", "/hook?a=b%20c&d=/"), Some(InvalidSignature));
        assert_eq!(verify(LIST, topic, "/hook"), Some(InvalidSignature));
    }

    #[test]
    fn the_list_names_itself_and_the_time() {
        for list in
            ["", "x-contentful-timestamp", "x-contentful-signed-headers", "x-absent", "Topic"]
        {
            assert_eq!(verify(list, "a", "/hook"), Some(MalformedSignature), "{list:?}");
        }
        let many = vec!["x-contentful-timestamp"; MAX_SIGNED_HEADERS + 1].join(",");
        assert_eq!(verify(&many, "a", "/hook"), Some(MalformedSignature));
    }

    #[test]
    fn the_path_is_escaped_as_the_library_does() {
        for (url, path) in [
            ("https://example.com", Some("/")),
            ("https://example.com/h%20%C3%B6?", Some("/h%2520%25C3%25B6")),
            ("https://example.com/hook?a=1&b=/", Some("/hook?a%253D1%2526b%253D%252F")),
            ("https://example.com/x?a?b", None),
            ("https://example.com/x??b", None),
        ] {
            assert_eq!(signed_path(url).as_deref(), path);
        }
    }
}
