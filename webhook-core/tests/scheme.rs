//! Every rule of a `Scheme`, used from outside the crate.
//!
//! The expected signatures are computed by us: Python's `hmac` over `BODY` and the text that each scheme
//! signs around it.

mod common;

use std::time::Duration;

use common::schemes::*;
use common::{BODY, HEX, NOW, RAW, SECRET, bare, genuine, refused, secret, verify};
use webhook_core::{UnixTime, VerifyErrorKind};

const NOW_MS: UnixTime = UnixTime::from_millis(1_700_000_000_123);

const MS_DOT_BODY: &str = "3a78dec2045957f51b3d2c8445999ac0d593979bf9add16b3ec965cde09decaa";

#[test]
fn a_header_may_contain_only_the_signature() {
    let delivery = genuine::<Bare>(RAW, NOW, HEX, bare);
    assert_eq!((delivery.id(), delivery.signed_at()), (None, None));
}

#[test]
fn a_prefix_and_signed_literals_are_supported() {
    let signature = "3726cd2e927c0b10332b2db4962dcf56d9c3845f1d0430644182cd8931496ad9";
    let at = |time: &'static str| {
        move |signature: &str| {
            vec![("x-signature", format!("v0={signature}")), ("x-time", time.to_owned())]
        }
    };
    let delivery = genuine::<Prefixed>(RAW, NOW, signature, at("1700000000"));
    assert_eq!(delivery.signed_at(), Some(NOW));
    for other in ["1700000001", "1699999999"] {
        let kind = refused(&secret::<Prefixed>(SECRET), &at(other)(signature), BODY, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature, "{other}");
    }
}

#[test]
fn fields_may_have_spaces_around_them_and_a_time_in_milliseconds() {
    for (before, after) in [("t=1700000000123,v1=", ""), (" t=1700000000123 ,  v1=", " , v0=x")] {
        let delivery = genuine::<Listed>(RAW, NOW_MS, MS_DOT_BODY, |signature| {
            bare(&format!("{before}{signature}{after}"))
        });
        assert_eq!(delivery.signed_at(), Some(NOW_MS));
    }
}

#[test]
fn fields_may_have_another_separator_and_tolerance() {
    let signature = "9d6f8524261be5e320fc791c3ff21584c3db9573ab42df6f65f20416732e2d30";
    let request = |signature: &str| bare(&format!("ts=1700000000;h1={signature};h2=x"));
    genuine::<Semicolons>(RAW, UnixTime::from_secs(1_700_000_005), signature, request);
    let kind = |secs, tolerance: Option<u64>| {
        let mut secret = secret::<Semicolons>(SECRET);
        if let Some(tolerance) = tolerance {
            secret = secret.with_tolerance(Duration::from_secs(tolerance));
        }
        verify(&secret, &request(signature), BODY, UnixTime::from_secs(secs)).map(|_| ())
    };
    let stale = Err(VerifyErrorKind::TimestampOutsideTolerance);
    assert_eq!(kind(1_700_000_006, None), stale);
    assert_eq!(kind(1_700_000_006, Some(6)), Ok(()), "the user's tolerance overrides the scheme's");
    assert_eq!(kind(1_700_000_005, Some(4)), stale);
}

#[test]
fn signatures_of_other_versions_are_ignored_and_the_id_is_signed() {
    let signature =
        "H6YMYhogO/zKcdRSaD0CJO0CP/8UziujFtufy4vYoEucBY6+nr7ALOv3FgWgQuBeNQiokV3hOyJzLolLCaX6Rg==";
    let delivery = genuine::<Versioned>(RAW, NOW, signature, |signature| {
        vec![
            ("x-signature", format!("v2,{signature} v1,{signature} v1a,{signature}")),
            ("x-time", "1700000000".to_owned()),
            ("x-id", "evt_1".to_owned()),
        ]
    });
    assert_eq!(delivery.id(), Some("evt_1"));
    assert!(delivery.id_is_signed());
}

#[test]
fn the_first_position_is_the_time_and_the_others_are_signatures() {
    let zeros = "0".repeat(64);
    for list in [["{}", "x"], [&zeros, "{}"]] {
        let delivery = genuine::<Positional>(RAW, NOW_MS, MS_DOT_BODY, |signature| {
            bare(&format!("1700000000123,{}", list.join(",").replace("{}", signature)))
        });
        assert_eq!(delivery.signed_at(), Some(NOW_MS));
    }
    let kind = |value: &str| refused(&secret::<Positional>(SECRET), &bare(value), BODY, NOW_MS);
    assert_eq!(kind("1700000000123"), VerifyErrorKind::MalformedSignature);
    assert_eq!(kind(MS_DOT_BODY), VerifyErrorKind::MalformedSignature);
    assert_eq!(kind(&format!(",{MS_DOT_BODY}")), VerifyErrorKind::InvalidTimestamp);
    assert_eq!(kind(&format!("{MS_DOT_BODY},{MS_DOT_BODY}")), VerifyErrorKind::InvalidTimestamp);
}

#[test]
fn the_time_may_be_signed_after_the_body() {
    let signature = "3e94ee892a1d06c358c0852dadb390f19b1f5abd9e079ebbb8bf779956f764f7";
    let delivery = genuine::<BodyFirst>(RAW, NOW_MS, signature, |signature| {
        bare(&format!("v=1700000000123,d={signature}"))
    });
    assert_eq!(delivery.signed_at(), Some(NOW_MS));
}

#[test]
fn the_id_may_be_signed_after_the_body() {
    let signature = "1e84aace9d8624632f81420c1b175c04d2099d3b6f742e7f9a18d03e0df4c714";
    let with = |id: &'static str| {
        move |signature: &str| [bare(signature), vec![("x-id", id.to_owned())]].concat()
    };
    assert_eq!(genuine::<IdLast>(RAW, NOW, signature, with("evt_1")).id(), Some("evt_1"));
    let kind = |id| refused(&secret::<IdLast>(SECRET), &with(id)(signature), BODY, NOW);
    assert_eq!(kind("evt_2"), VerifyErrorKind::InvalidSignature);
    assert_eq!(
        kind("evt.1"),
        VerifyErrorKind::InvalidSignature,
        "the id may contain `.`, which does not follow it"
    );
    assert_eq!(kind("evt_1!"), VerifyErrorKind::InvalidDeliveryId, "`!` does");
}

#[test]
fn two_headers_may_contain_signatures_of_two_keys() {
    let [first, second] = [
        "rmqAoRxuBLAOmCkqUPJvxz46lEuIruxXQ5FL5OxMHjk=",
        "7x98/1pwD7K0cOI2qxHylRFEhQqcpeZFzEVyPaD3kAE=",
    ];
    let junk = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let request = |one: &str, two: &str| {
        vec![("x-signature-1", one.to_owned()), ("x-signature-2", two.to_owned())]
    };
    genuine::<TwoHeaders>(RAW, NOW, first, |signature| request(signature, junk));
    genuine::<TwoHeaders>(RAW, NOW, first, |signature| request(junk, signature));
    genuine::<TwoHeaders>(RAW, NOW, first, |signature| request(signature, "not base64"));
    genuine::<TwoHeaders>(["a-second-secret", "x"], NOW, second, |signature| {
        vec![("x-signature-2", signature.to_owned())]
    });
    let key = secret::<TwoHeaders>(SECRET).or_previous("a-second-secret").unwrap();
    for (headers, index) in [
        (request(first, second), 0),
        (request(second, first), 0),
        (request(junk, second), 1),
        (request(second, junk), 1),
    ] {
        assert_eq!(verify(&key, &headers, BODY, NOW).unwrap().key_index(), index);
    }
}

#[test]
fn url_safe_base64_is_decoded_strictly_without_padding() {
    let signature = "OnjewgRZV_UbPSyERZmawNWTl5v5rdFrPsllzeCd7Ko";
    let request = |signature: &str| bare(&format!("t=1700000000123,v1={signature}"));
    genuine::<Base64Url>(RAW, NOW_MS, signature, request);
    for other in [
        format!("{signature}="),
        signature.replace('_', "/"),
        // The last character has its unused bits set.
        signature.replace("7Ko", "7Kp"),
    ] {
        let kind = refused(&secret::<Base64Url>(SECRET), &request(&other), BODY, NOW_MS);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature, "{other}");
    }
}

#[test]
fn other_hash_functions_verify() {
    let sha1 = "5114cf7455fc071832b8e79f1ca97a3b72a820a6";
    genuine::<Sha1>(RAW, NOW, sha1, |signature| bare(&format!("sha1={signature}")));
    let sha512 = "07ef4c0cc3e8ce0e351b90638efe359096b6a0b3a20cffae607bb727d4dbbd81\
                  39881e4860129af8f2e4a5234bb63bd76d604f3cfbd48d7fb72bdd8880e3176e";
    genuine::<Sha512>(RAW, NOW, sha512, |signature| bare(&format!("sha512={signature}")));
    for wrong in [format!("sha512={sha1}"), format!("sha512={HEX}"), format!("sha1={sha1}")] {
        let kind = refused(&secret::<Sha512>(SECRET), &bare(&wrong), BODY, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature, "{wrong}");
    }
}

#[test]
fn required_headers_must_have_exact_values() {
    let with = |version: &'static [&'static str], algorithm: &'static str| {
        move |signature: &str| {
            let mut headers = bare(signature);
            headers.extend(version.iter().map(|version| ("X-Version", (*version).to_owned())));
            headers.push(("X-Algorithm", algorithm.to_owned()));
            headers
        }
    };
    genuine::<Requiring>(RAW, NOW, HEX, with(&["1"], "HmacSHA256"));
    for headers in [
        with(&["2"], "HmacSHA256")(HEX),
        with(&["1"], "hmacsha256")(HEX),
        with(&["1", "1"], "HmacSHA256")(HEX),
        with(&[], "HmacSHA256")(HEX),
        bare(HEX),
    ] {
        let kind = refused(&secret::<Requiring>(SECRET), &headers, BODY, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature, "{headers:?}");
    }
}
