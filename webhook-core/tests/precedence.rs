//! If a request has several defects, the first in the order of the rejections is reported.

mod common;

use VerifyErrorKind::{
    InvalidDeliveryId, InvalidSignature, InvalidTimestamp, KeyUnavailable, MalformedSignature,
    MissingSignature, TimestampOutsideTolerance,
};
use common::{NOW, base64, hmac, read, secret};
use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::standard_webhooks::StandardWebhooks;
use webhook_core::{
    Algorithm, Bytes, Head, Payload, Rejection, RejectionKind, UnixTime, VerifyErrorKind,
};

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const TIME: &str = "1700000000";
const LIMIT: usize = 8;
/// Exceeds the limit and is not UTF-8.
const LARGE: &[u8] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff";
/// Within the limit and not UTF-8.
const BINARY: &[u8] = b"\xff\xff";

/// The values of each header of a request.
#[derive(Clone, Copy)]
struct Request<'a> {
    signature: &'a [&'a str],
    timestamp: &'a [&'a str],
    id: &'a [&'a str],
    encoding: &'a str,
    declared: Option<u64>,
    body: &'static [u8],
}

impl Request<'_> {
    /// Runs all checks, and then a handler that reads text.
    fn outcome(self) -> Result<String, RejectionKind> {
        let kind = |rejection: Rejection| rejection.kind();
        let mut settings = Settings::new(secret::<StandardWebhooks>(SECRET), || NOW);
        settings.set_body_limit(LIMIT);
        let mut headers = vec![("content-encoding", self.encoding)];
        headers.extend(self.signature.iter().map(|value| ("webhook-signature", *value)));
        headers.extend(self.timestamp.iter().map(|value| ("webhook-timestamp", *value)));
        headers.extend(self.id.iter().map(|value| ("webhook-id", *value)));
        let head = Head::new("POST", "/", &headers);
        let mut intake = Intake::begin(&settings, None, &head, self.declared).map_err(kind)?;
        let delivery = read(&mut intake, [Bytes::from_static(self.body)])?;
        String::from_delivery(&delivery).map_err(kind)
    }
}

fn sign(body: &[u8]) -> String {
    let key: Vec<u8> = (0..32).collect();
    let mac = hmac(Algorithm::HmacSha256, &key, &[b"evt_1.1700000000.", body]);
    format!("v1,{}", base64(&mac))
}

/// The defects are fixed one after the other, while later ones remain.
#[test]
fn the_first_defect_is_reported() {
    let junk = &*format!("v1,{}", base64(&[0; 32]));
    let mut request = Request {
        signature: &[],
        timestamp: &[],
        id: &[],
        encoding: "gzip",
        declared: Some(u64::MAX),
        body: LARGE,
    };
    let refused = |request: Request<'_>, kind| assert_eq!(request.outcome(), Err(kind));
    let verify = |request: Request<'_>, kind| refused(request, RejectionKind::Verify(kind));

    verify(request, MissingSignature);
    for signature in [&[junk, junk][..], &["v1,"], &["v2,x"], &[""]] {
        for timestamp in [&[][..], &["0"], &["x", "x"]] {
            verify(Request { signature, timestamp, ..request }, MalformedSignature);
        }
    }
    let one = [junk];
    request.signature = &one;
    for timestamp in [&[][..], &["0", "0"], &["x"], &[""]] {
        for id in [&[][..], &["", ""]] {
            verify(Request { timestamp, id, ..request }, InvalidTimestamp);
        }
    }
    for id in [&[][..], &["evt_1", "evt_1"], &["a.b"]] {
        verify(Request { timestamp: &["0"], id, ..request }, TimestampOutsideTolerance);
    }
    request.timestamp = &[TIME];
    for id in [&[][..], &["evt_1", "evt_1"], &["a b"], &["a.b"], &[""]] {
        verify(Request { id, ..request }, InvalidDeliveryId);
    }
    request.id = &["evt_1"];
    for declared in [Some(u64::MAX), Some(LIMIT as u64 + 1), Some(2), None] {
        refused(Request { declared, ..request }, RejectionKind::BodyTooLarge);
    }
    request.declared = Some(2);
    request.body = BINARY;
    verify(request, InvalidSignature);
    let genuine = sign(BINARY);
    let genuine = [&*genuine];
    request.signature = &genuine;
    refused(request, RejectionKind::UnsupportedEncoding);
    request.encoding = "identity";
    refused(request, RejectionKind::NotUnderstood);

    let genuine = sign(b"paid");
    let signature = [&*genuine];
    let right = Request { signature: &signature, declared: Some(4), body: b"paid", ..request };
    refused(Request { declared: Some(2), ..right }, RejectionKind::BodyUnreadable);
    assert_eq!(right.outcome().as_deref(), Ok("paid"));
}

/// Only the time differs, so the signature is valid.
#[test]
fn an_authentic_but_stale_request_is_refused_as_stale() {
    let verifier = secret::<StandardWebhooks>(SECRET);
    let headers = [
        ("webhook-signature", &*sign(b"paid")),
        ("webhook-timestamp", TIME),
        ("webhook-id", "evt_1"),
    ];
    let at = |secs| common::verify(&verifier, &headers, b"paid", UnixTime::from_secs(secs)).err();
    for (secs, kind) in [
        (1_699_999_699, Some(TimestampOutsideTolerance)),
        (1_699_999_700, None),
        (1_700_000_300, None),
        (1_700_000_301, Some(TimestampOutsideTolerance)),
    ] {
        assert_eq!(at(secs), kind, "{secs}");
    }
}

#[test]
fn statuses_and_texts_match_the_contract() {
    for (kind, status, text) in [
        (RejectionKind::Verify(MissingSignature), 401, "missing signature"),
        (RejectionKind::Verify(MalformedSignature), 401, "malformed signature"),
        (RejectionKind::Verify(InvalidTimestamp), 400, "invalid timestamp"),
        (RejectionKind::Verify(TimestampOutsideTolerance), 400, "timestamp outside tolerance"),
        (RejectionKind::Verify(InvalidDeliveryId), 400, "invalid delivery id"),
        (RejectionKind::BodyTooLarge, 413, "body too large"),
        (RejectionKind::BodyTimeout, 408, "body timed out"),
        (RejectionKind::BodyUnreadable, 400, "body could not be read"),
        (RejectionKind::Verify(InvalidSignature), 401, "invalid signature"),
        (RejectionKind::Verify(KeyUnavailable), 503, "temporarily unavailable"),
        (RejectionKind::Overloaded, 503, "temporarily unavailable"),
        (RejectionKind::Unavailable, 503, "temporarily unavailable"),
        (RejectionKind::UnsupportedEncoding, 415, "unsupported content encoding"),
        (RejectionKind::NotUnderstood, 422, "payload not understood"),
        (RejectionKind::NotConfigured, 500, "webhook verification is not configured"),
    ] {
        let rejection = Rejection::new(kind).caused_by("a cause that the sender must not see");
        assert_eq!((rejection.status(), &*rejection.to_string()), (status, text));
        assert_eq!(rejection.to_json(), format!(r#"{{"error": "{text}"}}"#));
    }
}
