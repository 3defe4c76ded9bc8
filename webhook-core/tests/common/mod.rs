//! Shared code of these tests.
#![allow(dead_code, reason = "each test is a crate that uses a part of this module")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

pub(crate) mod schemes;

use std::task::{Context, Poll, Waker};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac as _};
use proptest::test_runner::{Config, RngSeed};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use webhook_core::adapter::{Arrival, Intake};
use webhook_core::{
    Algorithm, Bytes, Delivery, Head, Headers, Key, RejectionKind, SchemeProvider, UnixTime,
    Verify, VerifyErrorKind,
};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// A secret, and the same with one byte changed.
pub(crate) const RAW: [&str; 2] = [SECRET, "A-raw-secret"];
pub(crate) const SECRET: &str = "a-raw-secret";
pub(crate) const BODY: &[u8] = br#"{"event":"paid","amount":4200}"#;
/// Computed by us with Python's `hmac`: SHA-256 over `BODY`, and over `1700000000.` and `BODY`.
pub(crate) const HEX: &str = "ae6a80a11c6e04b00e98292a50f26fc73e3a944b88aeec5743914be4ec4c1e39";
pub(crate) const TIMED: &str = "8c7e785570c3949229b185907e4bd42d1bbada4be3d655b160b9b9fcf5e7a7fa";

pub(crate) fn verify(
    verify: &(impl Verify + ?Sized),
    headers: &dyn Headers,
    body: &[u8],
    now: UnixTime,
) -> Result<Delivery, VerifyErrorKind> {
    let body = Bytes::copy_from_slice(body);
    verify.verify(&Head::new("POST", "/", headers), &body, now).map_err(|error| error.kind())
}

#[track_caller]
pub(crate) fn refused(
    verifier: &(impl Verify + ?Sized),
    headers: &dyn Headers,
    body: &[u8],
    now: UnixTime,
) -> VerifyErrorKind {
    verify(verifier, headers, body, now).unwrap_err()
}

#[track_caller]
pub(crate) fn secret<P: SchemeProvider>(text: &str) -> Key<P> {
    Key::new(text).unwrap()
}

/// Lets an intake read these frames, with more to come. Returns how often it was polled.
pub(crate) fn feed(
    intake: &mut Intake,
    frames: impl IntoIterator<Item = Bytes>,
) -> Result<usize, RejectionKind> {
    let mut frames = frames.into_iter();
    let mut waits = false;
    let mut polls = 0;
    while !waits {
        polls += 1;
        let polled = intake.poll(&mut Context::from_waker(Waker::noop()), |_| {
            frames.next().map_or_else(
                || {
                    waits = true;
                    Poll::Pending
                },
                |frame| Poll::Ready(Some(Ok(frame))),
            )
        });
        if let Poll::Ready(outcome) = polled {
            return outcome.map(|_| polls).map_err(|rejection| rejection.kind());
        }
    }
    Ok(polls)
}

/// Lets an intake read these frames, which are the whole body.
pub(crate) fn read(
    intake: &mut Intake,
    frames: impl IntoIterator<Item = Bytes>,
) -> Result<Delivery, RejectionKind> {
    let mut frames = frames.into_iter();
    loop {
        let polled = intake
            .poll(&mut Context::from_waker(Waker::noop()), |_| Poll::Ready(frames.next().map(Ok)));
        if let Poll::Ready(outcome) = polled {
            return outcome
                .map(|arrived| match arrived {
                    Arrival::Delivery(receipt) => receipt.into_delivery(),
                    Arrival::Handshake { delivery, .. } => *delivery.unwrap(),
                })
                .map_err(|rejection| rejection.kind());
        }
    }
}

pub(crate) type Request = Vec<(&'static str, String)>;

/// Checks that the request is accepted, and refused after any byte of its body or signature is changed, or
/// with any other secret.
#[track_caller]
pub(crate) fn genuine<P: SchemeProvider>(
    texts: [&str; 2],
    now: UnixTime,
    signature: &str,
    request: impl Fn(&str) -> Request,
) -> Delivery {
    let [key, other_key] = texts.map(secret::<P>);
    let kind = |headers: &Request, body: &[u8]| refused(&key, headers, body, now);
    let headers = request(signature);

    let mut body = BODY.to_vec();
    for index in 0..body.len() {
        body[index] ^= 1;
        assert_eq!(kind(&headers, &body), VerifyErrorKind::InvalidSignature, "body {index}");
        body[index] ^= 1;
    }
    for other in [&BODY[1..], &BODY[..BODY.len() - 1], &[BODY, b" "].concat(), b""] {
        assert_eq!(kind(&headers, other), VerifyErrorKind::InvalidSignature);
    }
    // The last character of base64 has unused bits.
    for index in 0..signature.trim_end_matches('=').len() - 1 {
        let other = if &signature[index..=index] == "0" { "1" } else { "0" };
        let mut altered = signature.to_owned();
        altered.replace_range(index..=index, other);
        let altered = kind(&request(&altered), BODY);
        assert_eq!(altered, VerifyErrorKind::InvalidSignature, "signature {index}");
    }
    let kind = refused(&other_key, &headers, BODY, now);
    assert_eq!(kind, VerifyErrorKind::InvalidSignature, "other secret");

    let delivery = verify(&key, &headers, BODY, now).unwrap();
    assert_eq!(delivery.provider(), P::SCHEME.name());
    assert_eq!(delivery.body(), BODY);
    delivery
}

pub(crate) fn bare(signature: &str) -> Request {
    vec![("x-signature", signature.to_owned())]
}

/// The expected signature, computed with the `hmac` crate and no code of this crate.
pub(crate) fn hmac(algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let message = parts.concat();
    match algorithm {
        Algorithm::HmacSha1 => Hmac::<Sha1>::new_from_slice(key)
            .unwrap()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        Algorithm::HmacSha256 => Hmac::<Sha256>::new_from_slice(key)
            .unwrap()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        Algorithm::HmacSha512 => Hmac::<Sha512>::new_from_slice(key)
            .unwrap()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec(),
        other => panic!("no test computes {other:?} independently"),
    }
}

/// The expected signature in hex, as most providers send it.
pub(crate) fn hmac_hex(key: &str, parts: &[&[u8]]) -> String {
    hex(&hmac(Algorithm::HmacSha256, key.as_bytes(), parts))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Fails if `shown` contains the bytes in a form in which they might be printed.
#[track_caller]
pub(crate) fn assert_hidden(shown: &str, hidden: &[u8]) {
    let listed = format!("{hidden:?}");
    for form in [
        String::from_utf8_lossy(hidden).into_owned(),
        hex(hidden),
        base64(hidden).trim_end_matches('=').to_owned(),
        base64url(hidden),
        listed[1..listed.len() - 1].to_owned(),
    ] {
        let found = shown.to_lowercase().contains(&form.to_lowercase());
        assert!(!found, "{shown} shows {form}");
    }
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Runs the same cases in every run, and writes no files.
pub(crate) fn cases(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() }
}
