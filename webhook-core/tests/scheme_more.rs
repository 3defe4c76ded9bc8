//! More of what a `Scheme` can say: keys, hints, alternatives, and times in RFC 3339.
//!
//! The signatures are ours: Python's `hmac`.

mod common;

use common::schemes::*;
use common::{BODY, HEX, NOW, RAW, SECRET, TIMED, bare, genuine, refused, secret, verify};
use webhook_core::{Key, SecretErrorKind, VerifyErrorKind};

#[test]
fn a_secret_may_be_hex() {
    let signature = "D3FqhZh0GBBLf8x4/RFz3HkGF69pzgBliDaBhySwnT0=";
    let text = "00ff10ab".repeat(8);
    let other = "00ff10ac".repeat(8);
    genuine::<HexKey>([&text, &other], NOW, signature, bare);
    genuine::<HexKey>([&text.to_uppercase(), &other], NOW, signature, bare);
    for text in ["00ff1", "00fg", "0x00", "00 ff"] {
        let error = Key::<HexKey>::new(text).unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Undecodable, "{text}");
    }
}

#[test]
fn a_secret_may_be_base64() {
    let signature = "53f4e821f292d14b38bba5fbbf8335ce50eee9012636d0b1fcdba5ef134acdd5";
    let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let other = text.replacen('E', "F", 1);
    for text in [text, text.trim_end_matches('=')] {
        genuine::<Base64Key>([text, &other], NOW, signature, |signature| {
            bare(&format!("hmac-sha256={signature}"))
        });
    }
}

#[test]
fn hints_are_handed_on_unless_they_cannot_be_read() {
    let hinted = |extra: &[(&'static str, &str)]| {
        let mut headers = bare(HEX);
        headers.extend(extra.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let delivery = verify(&secret::<Hinting>(SECRET), &headers, BODY, NOW).unwrap();
        assert!(!delivery.id_is_signed());
        ["x-event", "x-endpoint"].map(|name| delivery.unsigned_hint(name).map(str::to_owned))
    };
    let long = "x".repeat(256);
    assert_eq!(hinted(&[]), [None, None]);
    assert_eq!(
        hinted(&[("X-Event", "paid"), ("X-Endpoint", "we_1"), ("x-id", "evt_1")]),
        [Some("paid".to_owned()), Some("we_1".to_owned())]
    );
    assert_eq!(hinted(&[("x-event", "Push Hook")]), [Some("Push Hook".to_owned()), None]);
    for unreadable in ["", " paid", "paid ", "a  b", "a\tb", "zahl\u{fc}ng", &long] {
        assert_eq!(
            hinted(&[("x-event", unreadable), ("x-endpoint", "we_1")]),
            [None, Some("we_1".to_owned())]
        );
    }
    assert_eq!(hinted(&[("x-event", "paid"), ("x-event", "paid")]), [None, None], "repeated");
}

#[test]
fn only_headers_that_the_scheme_names_are_hints() {
    let headers = [bare(HEX), vec![("x-other", "1".to_owned())]].concat();
    let delivery = verify(&secret::<Hinting>(SECRET), &headers, BODY, NOW).unwrap();
    for header in ["x-other", "x-signature", "x-id", "", "X-Event"] {
        assert_eq!(delivery.unsigned_hint(header), None, "{header}");
    }
}

#[test]
fn an_alternative_is_run_by_its_own_rules_under_the_first_ones_name() {
    let first = genuine::<Either>(RAW, NOW, HEX, |s| vec![("a-signature", s.to_owned())]);
    assert_eq!((first.signed_at(), first.id()), (None, None));

    let second = genuine::<Either>(RAW, NOW, TIMED, |signature| {
        vec![("b-signature", format!("b={signature}")), ("b-time", "1700000000".to_owned())]
    });
    assert_eq!((second.signed_at(), second.id()), (Some(NOW), None));

    let third = genuine::<Either>(RAW, NOW, HEX, |signature| {
        vec![("c-signature", signature.to_owned()), ("c-id", "evt_1".to_owned())]
    });
    assert_eq!((third.signed_at(), third.id()), (None, Some("evt_1")));
}

#[test]
fn an_alternative_is_no_second_chance() {
    let key = secret::<Either>(SECRET);
    let genuine_second = format!("b={TIMED}");
    let zeros = "0".repeat(64);
    for (headers, kind) in [
        (vec![], VerifyErrorKind::MissingSignature),
        (vec![("a-signature", "x")], VerifyErrorKind::MalformedSignature),
        (vec![("a-signature", &*zeros)], VerifyErrorKind::InvalidSignature),
        (vec![("a-signature", HEX), ("a-signature", HEX)], VerifyErrorKind::MalformedSignature),
    ] {
        let second = [("b-signature", &*genuine_second), ("b-time", "1700000000")];
        if let [_, ..] = &*headers {
            assert_eq!(refused(&key, &[&headers[..], &second].concat(), BODY, NOW), kind);
        }
        assert_eq!(refused(&key, &headers, BODY, NOW), kind);
    }
    // The names do not mix.
    let mixed = [("b-signature", &*genuine_second), ("a-time", "1700000000")];
    assert_eq!(refused(&key, &mixed, BODY, NOW), VerifyErrorKind::InvalidTimestamp);
}

#[cfg(feature = "rfc3339")]
mod written_times {
    use webhook_core::UnixTime;

    use super::VerifyErrorKind;
    use super::common::schemes::{Written, WrittenLast};
    use super::common::{BODY, RAW, SECRET, genuine, refused, secret, verify};

    const TIME: UnixTime = UnixTime::from_millis(1_700_000_000_123);

    #[test]
    fn a_time_may_be_written_with_nanoseconds_between_id_and_body() {
        let signature = "f797d601e29e4f3eb7b2c07bc745e79fe490ce48fe86c556cba200612f7c7862";
        let at = |time: &'static str| {
            move |signature: &str| {
                vec![
                    ("x-signature", format!("sha256={signature}")),
                    ("x-time", time.to_owned()),
                    ("x-id", "evt_1".to_owned()),
                ]
            }
        };
        let text = "2023-11-14T22:13:20.123456789Z";
        let delivery = genuine::<Written>(RAW, TIME, signature, at(text));
        assert_eq!(delivery.signed_at(), Some(TIME));
        assert_eq!((delivery.id(), delivery.id_is_signed()), (Some("evt_1"), true));

        let key = secret::<Written>(SECRET);
        // The same instant in other words is another text.
        for other in ["2023-11-14T22:13:20.123456789+00:00", "2023-11-14T23:13:20.123456789+01:00"]
        {
            let kind = refused(&key, &at(other)(signature), BODY, TIME);
            assert_eq!(kind, VerifyErrorKind::InvalidSignature, "{other}");
        }
        for (off, stale) in [(600_000, false), (600_001, true)] {
            for now in [1_700_000_000_123 - off, 1_700_000_000_123 + off] {
                let result = verify(&key, &at(text)(signature), BODY, UnixTime::from_millis(now));
                let expected = Some(VerifyErrorKind::TimestampOutsideTolerance).filter(|_| stale);
                assert_eq!(result.err(), expected, "{now}");
            }
        }
    }

    #[test]
    fn a_time_may_be_written_with_an_offset_after_the_body() {
        let signature = "8d1fKG/HJF72mClmfMvNxSGt/tdQMJ/jEEgYzyxRSE8=";
        let now = UnixTime::from_secs(1_700_000_000);
        let delivery = genuine::<WrittenLast>(RAW, now, signature, |signature| {
            vec![
                ("x-signature", signature.to_owned()),
                ("x-time", "2023-11-14T15:13:20-07:00".to_owned()),
            ]
        });
        assert_eq!(delivery.signed_at(), Some(now));
    }

    #[test]
    fn what_is_no_instant_is_no_time() {
        let kind = |time: &str| {
            let headers =
                [("x-signature", "8d1fKG/HJF72mClmfMvNxSGt/tdQMJ/jEEgYzyxRSE8="), ("x-time", time)];
            refused(&secret::<WrittenLast>(SECRET), &headers, BODY, TIME)
        };
        for time in [
            "",
            "1700000000",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-13-14T22:13:20Z",
            "2023-11-14T25:13:20Z",
            " 2023-11-14T22:13:20Z",
            "1969-12-31T23:59:59Z",
            "99999-01-01T00:00:00Z",
            "2023-11-14T22:13:20.1234567890123456789012345678901234567890123456Z",
        ] {
            assert_eq!(kind(time), VerifyErrorKind::InvalidTimestamp, "{time:?}");
        }
        assert_eq!(kind("9999-12-30T22:00:00Z"), VerifyErrorKind::TimestampOutsideTolerance);
    }
}
