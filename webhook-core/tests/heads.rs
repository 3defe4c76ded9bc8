//! The reasons why a head is rejected. Signatures are computed with the `hmac` crate.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::schemes::{Positional, TwoHeaders};
use common::{BODY, HEX, NOW, SECRET, base64, hmac, hmac_hex, refused, secret, verify};
use webhook_core::providers::{github, samva, standard_webhooks, stripe, svara, voisnap, voxpria};
use webhook_core::{Algorithm, SchemeProvider, Verify, VerifyErrorKind};

const WHSEC: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

type Signed = (Box<dyn Verify>, Vec<(&'static str, String)>);

fn signed<P: SchemeProvider>(text: &str) -> Signed {
    let secret = secret::<P>(text);
    let headers = secret.sign(BODY, NOW, Some("evt_1")).unwrap();
    (Box::new(secret), headers)
}

fn by_every_provider() -> [Signed; 7] {
    [
        signed::<github::GitHub>(SECRET),
        signed::<samva::Samva>(SECRET),
        signed::<standard_webhooks::StandardWebhooks>(WHSEC),
        signed::<stripe::Stripe>(SECRET),
        signed::<svara::Svara>(SECRET),
        signed::<voisnap::Voisnap>(SECRET),
        signed::<voxpria::VoxPria>(SECRET),
    ]
}

/// The error for a defect in this header.
fn blame(header: &str) -> VerifyErrorKind {
    match header {
        "webhook-timestamp" | "x-webhook-timestamp" => VerifyErrorKind::InvalidTimestamp,
        "webhook-id" | "x-webhook-delivery-id" | "x-github-delivery" => {
            VerifyErrorKind::InvalidDeliveryId
        }
        _ => VerifyErrorKind::MalformedSignature,
    }
}

#[test]
fn a_repeated_header_is_refused_even_with_equal_values() {
    for (verifier, headers) in by_every_provider() {
        assert_eq!(verify(&*verifier, &headers, BODY, NOW).map(|_| ()), Ok(()));
        for (name, value) in &headers {
            let mut twice: Vec<_> =
                headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            twice.push((name.to_uppercase(), value.clone()));
            assert_eq!(refused(&*verifier, &twice, BODY, NOW), blame(name), "{name}");
            twice.rotate_right(1);
            assert_eq!(refused(&*verifier, &twice, BODY, NOW), blame(name), "{name}, first");
        }
    }
}

#[test]
fn bytes_that_are_not_ascii_are_refused_in_every_header() {
    for (verifier, headers) in by_every_provider() {
        for index in 0..headers.len() {
            let spoil = |spoil: &dyn Fn(&mut Vec<u8>)| {
                let mut headers: Vec<_> = headers
                    .iter()
                    .map(|(name, value)| (*name, value.clone().into_bytes()))
                    .collect();
                spoil(&mut headers[index].1);
                refused(&*verifier, &headers, BODY, NOW)
            };
            let kind = blame(headers[index].0);
            assert_eq!(spoil(&|value| *value.last_mut().unwrap() = 0xff), kind);
            assert_eq!(spoil(&|value| value.extend("\u{e9}".bytes())), kind);
            assert_eq!(spoil(&|value| value.push(0)), kind);
            assert_eq!(spoil(&|value| *value = vec![0x80; 64]), kind);
            assert_eq!(spoil(&|value| value.clear()), kind);
        }
    }
}

#[test]
fn an_additional_signature_header_must_not_be_repeated() {
    let genuine = base64(&hmac(Algorithm::HmacSha256, SECRET.as_bytes(), &[BODY]));
    let headers =
        [("x-signature-1", &genuine), ("x-signature-2", &genuine), ("x-signature-2", &genuine)];
    let key = secret::<TwoHeaders>(SECRET);
    assert_eq!(refused(&key, &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    assert_eq!(verify(&key, &headers[..2].to_vec(), BODY, NOW).map(|_| ()), Ok(()));
}

#[test]
fn a_repeated_timestamp_field_is_refused() {
    let key: stripe::Secret = secret(SECRET);
    let v1 = hmac_hex(SECRET, &[b"1700000000.", BODY]);
    let twice = Some(VerifyErrorKind::InvalidTimestamp);
    for (value, kind) in [
        (format!("t=1700000000,t=1700000000,v1={v1}"), twice),
        (format!("t=1700000000,v1={v1},t=1700000001"), twice),
        (format!("t=1,v1={v1},t=1700000000"), twice),
        (format!("t=,t=1700000000,v1={v1}"), twice),
        (format!("t=1700000000,v1={v1},t="), twice),
        // None of these items is a field named `t`.
        (format!("t=1700000000,v1={v1},T=1,tt=1,t"), None),
    ] {
        let result = verify(&key, &[("stripe-signature", &value)], BODY, NOW);
        assert_eq!(result.err(), kind, "{value}");
    }
}

#[test]
fn sixteen_signatures_are_accepted_and_seventeen_refused() {
    let others = ",v0=x".repeat(30);
    let listed = |list: &[&str]| format!("t=1700000000,v1={}{others}", list.join(",v1="));
    let v1 = hmac_hex(SECRET, &[b"1700000000.", BODY]);
    at_most_sixteen::<stripe::Stripe>("stripe-signature", &v1, listed);

    let listed = |list: &[&str]| format!("1700000000000,{}", list.join(","));
    let positional = hmac_hex(SECRET, &[b"1700000000000.", BODY]);
    at_most_sixteen::<Positional>("x-signature", &positional, listed);
}

#[track_caller]
fn at_most_sixteen<P: SchemeProvider>(
    header: &str,
    genuine: &str,
    listed: impl Fn(&[&str]) -> String,
) {
    let key = secret::<P>(SECRET);
    let verify = |list: &[&str]| verify(&key, &[(header, listed(list))], BODY, NOW).err();
    let malformed = Some(VerifyErrorKind::MalformedSignature);
    // Undecodable items count too.
    for filler in [&*"0".repeat(64), "undecodable", ""] {
        let mut list = vec![filler; 16 - 1];
        list.push(genuine);
        assert_eq!(verify(&list), None, "last of 16");
        list.insert(0, filler);
        assert_eq!(verify(&list), malformed, "last of 17");
        list.rotate_right(1);
        assert_eq!(verify(&list), malformed, "first of 17");
    }
}

#[test]
fn a_signature_header_longer_than_4_kib_is_refused() {
    let key: stripe::Secret = secret(SECRET);
    let v1 = hmac_hex(SECRET, &[b"1700000000.", BODY]);
    let value = |len: usize| format!("{:x<len$}", format!("t=1700000000,v1={v1},x="));
    assert_eq!(verify(&key, &[("stripe-signature", value(4096))], BODY, NOW).map(|_| ()), Ok(()));
    let kind = refused(&key, &[("stripe-signature", value(4097))], BODY, NOW);
    assert_eq!(kind, VerifyErrorKind::MalformedSignature);
}

#[test]
fn hex_is_accepted_in_either_case_and_no_other_form() {
    let key: github::Secret = secret(SECRET);
    let verify = |value: &str| verify(&key, &[("x-hub-signature-256", value)], BODY, NOW).err();
    let upper = HEX.to_uppercase();
    let mixed = format!("{}{}", &HEX[..32], &upper[32..]);
    for hex in [HEX, &upper, &mixed] {
        assert_eq!(verify(&format!("sha256={hex}")), None);
    }
    let (most, rest) = HEX.split_at(62);
    for value in [
        String::new(),
        "sha256=".to_owned(),
        HEX.to_owned(),
        format!("SHA256={HEX}"),
        format!("Sha256={HEX}"),
        format!("sha1={HEX}"),
        format!("sha256:{HEX}"),
        format!("sha256={}", &HEX[1..]),
        format!("sha256={most}"),
        format!("sha256={HEX}00"),
        format!("sha256={HEX}0"),
        format!("sha256={HEX}{HEX}"),
        format!("sha256=0x{most}"),
        format!("sha256= {HEX}"),
        format!("sha256={HEX} "),
        format!(" sha256={HEX}"),
        format!("sha256={most} {}", &rest[1..]),
        format!("sha256={most}\t\n"),
        format!("sha256={most}gg"),
        format!("sha256={most}\u{661}"),
        format!("sha256={HEX},sha256={HEX}"),
        format!("sha256=sha256={HEX}"),
        format!("\"sha256={HEX}\""),
    ] {
        assert_eq!(verify(&value), Some(VerifyErrorKind::MalformedSignature), "{value:?}");
    }
}

#[test]
fn base64_is_decoded_strictly() {
    let key: standard_webhooks::Secret = secret(WHSEC);
    let bytes: Vec<u8> = (0..32).collect();
    let mac = hmac(Algorithm::HmacSha256, &bytes, &[b"evt_1.1700000000.", BODY]);
    let text = base64(&mac);
    let verify = |value: &str| {
        let headers = [
            ("webhook-signature", value),
            ("webhook-timestamp", "1700000000"),
            ("webhook-id", "evt_1"),
        ];
        verify(&key, &headers, BODY, NOW).err()
    };
    assert_eq!(verify(&format!("v1,{text}")), None);
    let bare = text.trim_end_matches('=');
    let (most, last) = bare.split_at(42);
    // The last of 43 characters has two unused bits.
    let trailing = char::from(last.as_bytes()[0] + 1);
    for value in [
        text.clone(),
        format!("v1={text}"),
        format!("V1,{text}"),
        format!("v1a,{text}"),
        format!("v1,{bare}"),
        format!("v1,{text}="),
        format!("v1,{bare}=="),
        format!("v1,{bare}A"),
        format!("v1,{most}{trailing}="),
        format!("v1, {text}"),
        format!("v1,{}\n{}", &text[..20], &text[20..]),
        format!("v1,{}*{}", &text[..20], &text[21..]),
        format!("v1,{}-{}", &text[..20], &text[21..]),
        format!("v1,{}", common::hex(&mac)),
    ] {
        assert_eq!(verify(&value), Some(VerifyErrorKind::MalformedSignature), "{value:?}");
    }
}

#[cfg(feature = "http")]
#[test]
fn a_header_map_gives_the_same_results() {
    use http::{HeaderMap, HeaderValue};

    for (verifier, headers) in by_every_provider() {
        let mut map = HeaderMap::new();
        for (name, value) in &headers {
            map.append(*name, value.parse().unwrap());
        }
        assert_eq!(verify(&*verifier, &map, BODY, NOW).map(|_| ()), Ok(()));
        for (name, value) in &headers {
            let mut twice = map.clone();
            twice.append(*name, value.parse().unwrap());
            assert_eq!(refused(&*verifier, &twice, BODY, NOW), blame(name), "{name}");
            let mut opaque = map.clone();
            opaque.insert(*name, HeaderValue::from_bytes(b"\xff").unwrap());
            assert_eq!(refused(&*verifier, &opaque, BODY, NOW), blame(name), "{name}");
        }
        assert_eq!(
            refused(&*verifier, &HeaderMap::new(), BODY, NOW),
            VerifyErrorKind::MissingSignature
        );
    }
}
