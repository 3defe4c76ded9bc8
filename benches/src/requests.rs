//! Requests as providers send them.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use webhook_core::{Key, SchemeProvider, UnixTime};

/// The lengths that are measured.
pub const SIZES: [usize; 7] = [64, 512, 1024, 4 * 1024, 64 * 1024, 1024 * 1024, 25 * 1024 * 1024];

/// The secret of every endpoint: base64 for those who want it, text for the others.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The one that it replaced.
pub const PREVIOUS: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A delivery's id.
pub const ID: &str = "dlv_01JD8ZK3V7Q2M4N6P8R0T2W4Y6";

/// The time.
pub fn now() -> UnixTime {
    UnixTime::from(SystemTime::now())
}

/// A JSON text of exactly this length.
pub fn body(len: usize) -> Bytes {
    let (start, end) = (r#"{"type":"SessionEnded","data":{"conversationId":""#, r#""}}"#);
    let filling = len.checked_sub(start.len() + end.len()).expect("room for the JSON");
    let mut text = start.to_owned();
    text.extend("The quick brown fox jumps over the lazy dog. ".chars().cycle().take(filling));
    text.push_str(end);
    text.into()
}

/// The same with one bit flipped, near its end.
pub fn tampered(body: &Bytes) -> Bytes {
    let mut bytes = body.to_vec();
    let last = bytes.len() - 4;
    bytes[last] ^= 1;
    bytes.into()
}

/// What a sender's HTTP client and a proxy put on a request of this length, and the provider's headers.
pub fn headers<P: SchemeProvider>(secret: &Key<P>, body: &[u8], now: UnixTime) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::HOST, "hooks.example.com"),
        (header::USER_AGENT, "Webhooks/2.1 (+https://example.com/docs/webhooks)"),
        (header::ACCEPT, "*/*"),
        (header::ACCEPT_ENCODING, "gzip, deflate"),
        (header::CONTENT_TYPE, "application/json"),
        (HeaderName::from_static("x-forwarded-for"), "203.0.113.7"),
        (HeaderName::from_static("x-forwarded-proto"), "https"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    for (name, value) in secret.sign(body, now, Some(ID)).unwrap() {
        headers.insert(HeaderName::from_static(name), value.try_into().unwrap());
    }
    headers
}
