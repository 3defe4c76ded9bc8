//! Valid and invalid timestamps and delivery ids.
//!
//! Each signature is computed over the tested text with the `hmac` crate, so only the text can cause an
//! error.

mod common;

use std::time::Duration;

use common::schemes::{Listed, Versioned};
use common::{BODY, HEX, NOW, SECRET, base64, hmac, hmac_hex, secret, verify};
use webhook_core::providers::{github, voisnap};
use webhook_core::{Algorithm, UnixTime, VerifyErrorKind};

const INVALID: Option<VerifyErrorKind> = Some(VerifyErrorKind::InvalidTimestamp);
const STALE: Option<VerifyErrorKind> = Some(VerifyErrorKind::TimestampOutsideTolerance);
const BAD_ID: Option<VerifyErrorKind> = Some(VerifyErrorKind::InvalidDeliveryId);

fn at(time: &[u8], now: UnixTime, tolerance: Option<Duration>) -> Option<VerifyErrorKind> {
    let mut key: voisnap::Secret = secret(SECRET);
    if let Some(tolerance) = tolerance {
        key = key.with_tolerance(tolerance);
    }
    let signature = format!("sha256={}", hmac_hex(SECRET, &[time, b".", BODY]));
    let headers = [("x-webhook-signature", signature.as_bytes()), ("x-webhook-timestamp", time)];
    verify(&key, &headers, BODY, now).err()
}

#[test]
fn only_digits_are_accepted_as_a_timestamp() {
    assert_eq!(at(b"1700000000", NOW, None), None);
    for text in [
        "",
        " ",
        "+1700000000",
        "-1700000000",
        " 1700000000",
        "1700000000 ",
        "1700000000\n",
        "1700000000\0",
        "17000 00000",
        "1_700_000_000",
        "1,700,000,000",
        "1700000000.0",
        "1.7e9",
        "0x6553f100",
        "1700000000s",
        "NaN",
        "-1",
        "-0",
        "-9223372036854775808",
        "18446744073709551616",
        "170000000000000000000",
        "9999999999999999999999999999999999999999999999999999999999999999",
        "\u{661}\u{667}\u{660}\u{660}",
        "\u{ff11}\u{ff17}",
        "2023-11-14T22:13:20Z",
    ] {
        for tolerance in [None, Some(Duration::MAX)] {
            assert_eq!(at(text.as_bytes(), NOW, tolerance), INVALID, "{text:?}");
        }
    }
    assert_eq!(at(b"\xff\xfe", NOW, None), INVALID);
    assert_eq!(at(&[b'1'; 65], NOW, Some(Duration::MAX)), INVALID);
}

#[test]
fn extreme_timestamps_and_clocks_do_not_overflow() {
    let (least, most) = (UnixTime::from_millis(0), UnixTime::from_millis(u64::MAX));
    let huge: &[&[u8]] = &[b"18446744073709551615", b"9223372036854775808", b"9223372036854775807"];
    for time in huge {
        assert_eq!(at(time, NOW, None), STALE);
        assert_eq!(at(time, least, None), STALE);
        assert_eq!(at(time, least, Some(Duration::MAX)), None);
        assert_eq!(at(time, most, Some(Duration::MAX)), None);
    }
    assert_eq!(at(b"0", most, None), STALE);
    assert_eq!(at(b"0", most, Some(Duration::MAX)), None);
    assert_eq!(at(b"0", least, None), None);
    assert_eq!(at(b"300", least, None), None);
    assert_eq!(at(b"301", least, None), STALE);
    assert_eq!(UnixTime::from_secs(u64::MAX), most, "the end of the range");
}

#[test]
fn a_tolerance_of_zero_accepts_only_the_exact_time() {
    for (time, kind) in [("1700000000", None), ("1699999999", STALE), ("1700000001", STALE)] {
        assert_eq!(at(time.as_bytes(), NOW, Some(Duration::ZERO)), kind, "{time}");
    }
}

#[test]
fn the_tolerance_is_exact_to_the_millisecond() {
    let key = secret::<Listed>(SECRET).with_tolerance(Duration::from_millis(20));
    let at = |millis: u64| {
        let text = millis.to_string();
        let v1 = hmac_hex(SECRET, &[text.as_bytes(), b".", BODY]);
        verify(&key, &[("x-signature", format!("t={text},v1={v1}"))], BODY, NOW).err()
    };
    for (millis, kind) in [
        (1_699_999_999_979, STALE),
        (1_699_999_999_980, None),
        (1_700_000_000_020, None),
        (1_700_000_000_021, STALE),
        (1_700_000_000, STALE),
    ] {
        assert_eq!(at(millis), kind, "{millis}");
    }
}

/// The results with an unsigned id and with signed ids, which must not contain the byte that follows them.
fn with_id(id: &[u8]) -> [Option<VerifyErrorKind>; 3] {
    let github = [
        ("x-hub-signature-256", format!("sha256={HEX}").into_bytes()),
        ("x-github-delivery", id.to_vec()),
    ];
    let timed = hmac_hex(SECRET, &[b"1700000000.", BODY]);
    let voisnap = [
        ("x-webhook-signature", format!("sha256={timed}").into_bytes()),
        ("x-webhook-timestamp", b"1700000000".to_vec()),
        ("x-webhook-delivery-id", id.to_vec()),
    ];
    let signature = hmac(Algorithm::HmacSha512, SECRET.as_bytes(), &[id, b".1700000000.", BODY]);
    let signed = [
        ("x-signature", format!("v1,{}", base64(&signature)).into_bytes()),
        ("x-time", b"1700000000".to_vec()),
        ("x-id", id.to_vec()),
    ];
    [
        verify(&secret::<github::GitHub>(SECRET), &github, BODY, NOW).err(),
        verify(&secret::<voisnap::Voisnap>(SECRET), &voisnap, BODY, NOW).err(),
        verify(&secret::<Versioned>(SECRET), &signed, BODY, NOW).err(),
    ]
}

#[test]
fn an_id_must_be_short_and_visible_ascii() {
    for id in ["x", "~!#$%&'*+-^_`|/\\\"{}", &"x".repeat(255)] {
        assert_eq!(with_id(id.as_bytes()), [None; 3], "{id}");
    }
    for id in
        ["", " ", "a b", " a", "a ", "a\tb", "a\r\nb", "\0", "a\x7f", "\u{e9}", &"x".repeat(256)]
    {
        assert_eq!(with_id(id.as_bytes()), [BAD_ID; 3], "{id:?}");
    }
    assert_eq!(with_id(b"\xff"), [BAD_ID; 3]);
    assert_eq!(with_id(&vec![b'x'; 100_000]), [BAD_ID; 3]);
}

/// `a.b` + `.` + `c` and `a` + `.` + `b.c` have the same signature, so an attacker could choose the id.
#[test]
fn a_signed_id_must_not_contain_its_separator() {
    for id in [".", "a.b", "a.", ".a", "evt_1.1700000000"] {
        assert_eq!(with_id(id.as_bytes()), [None, None, BAD_ID], "{id}");
    }
}
