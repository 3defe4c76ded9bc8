//! Regression tests for inputs that were once ambiguous.

mod common;

#[cfg(feature = "serde")]
use common::assert_hidden;
use common::schemes::Bare;
use common::{NOW, read, secret, verify};
use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::svara;
use webhook_core::*;

enum BodyFirst {}
impl SchemeProvider for BodyFirst {
    const SCHEME: Scheme = Scheme::new("body_first", "x-signature")
        .timestamp("x-time")
        .signs(&[Part::Body, Part::Timestamp]);
}
#[cfg(feature = "rfc3339")]
enum TimeFirst {}
#[cfg(feature = "rfc3339")]
impl SchemeProvider for TimeFirst {
    const SCHEME: Scheme = Scheme::new("time_first", "x-signature")
        .timestamp("x-time")
        .unit(TimestampUnit::Rfc3339)
        .signs(&[Part::Timestamp, Part::Body]);
}

#[test]
fn a_digit_cannot_move_from_the_body_into_the_time() {
    let key = secret::<BodyFirst>("text");
    let mut headers = key.sign(b"amount=10", NOW, None).unwrap();
    headers[1].1.insert(0, '0');
    let refused = verify(&key, &headers, b"amount=1", NOW).unwrap_err();
    assert_eq!(refused, VerifyErrorKind::InvalidTimestamp);
}

#[cfg(feature = "rfc3339")]
#[test]
fn brackets_cannot_move_from_the_body_into_the_time() {
    let key = secret::<TimeFirst>("text");
    let mut headers = key.sign(b"[UTC]{}", NOW, None).unwrap();
    headers[1].1.push_str("[UTC]");
    assert_eq!(verify(&key, &headers, b"{}", NOW).unwrap_err(), VerifyErrorKind::InvalidTimestamp);
    for time in [
        "2023-11-14 22:13:20Z",
        "20231114T221320Z",
        "2023-11-14T22:13:20+00",
        "+002023-11-14T22:13:20Z",
        "2023-11-14t22:13:20z",
        "2023-11-14T22:13Z",
    ] {
        headers[1].1 = time.to_owned();
        assert_eq!(
            verify(&key, &headers, b"{}", NOW).unwrap_err(),
            VerifyErrorKind::InvalidTimestamp,
            "{time}"
        );
    }
}

#[test]
fn a_declared_length_reserves_no_memory_in_advance() {
    let key: svara::Secret = secret("text");
    let headers = key.sign(b"AB", NOW, None).unwrap();
    let mut settings = Settings::new(key, || NOW);
    settings.set_body_limit(usize::MAX);
    let head = Head::new("POST", "/", &headers);
    let mut intake = Intake::begin(&settings, None, &head, Some(u64::MAX)).unwrap();
    let kind = read(&mut intake, ["A", "B"].map(Bytes::from)).unwrap_err();
    assert_eq!(kind, RejectionKind::BodyUnreadable, "the body is shorter than declared");
}

#[cfg(feature = "serde")]
#[test]
fn errors_about_json_do_not_quote_it() {
    let body = br#"{"card":"4111111111111111"}"#;
    let key: svara::Secret = secret("text");
    let delivery = verify(&key, &key.sign(body, NOW, None).unwrap(), body, NOW).unwrap();
    let rejection =
        Json::<std::collections::HashMap<String, u32>>::from_delivery(&delivery).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::NotUnderstood);
    let source = std::error::Error::source(&rejection).unwrap();
    assert_hidden(&format!("{rejection:?} {source} {source:?}"), b"4111111111111111");
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_secret() {
    for text in ["\u{feff}secret", "secret\r"] {
        assert_eq!(svara::Secret::new(text).unwrap_err().kind(), SecretErrorKind::Padded);
    }
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("carriage-return");
    std::fs::write(&path, "secret\r").unwrap();
    assert_eq!(svara::Secret::from_file(&path).unwrap_err().kind(), SecretErrorKind::Padded);
}

#[test]
fn a_dropped_id_is_not_signed() {
    let delivery =
        Delivery::assume_verified_by_custom_check::<Bare>(&Bytes::new()).with_id("a b", true);
    assert_eq!((delivery.id(), delivery.id_is_signed()), (None, false));
}
