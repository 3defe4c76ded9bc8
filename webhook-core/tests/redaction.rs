//! Debug output and errors contain no secret, body or signature.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fmt::Debug;

use common::{NOW, assert_hidden, feed, hmac, read, secret, verify};
use webhook_core::adapter::{Intake, Settings};
use webhook_core::providers::{standard_webhooks, voisnap};
use webhook_core::{
    Algorithm, Bytes, Head, Rejection, SecretError, SecretErrorKind, Verify, VerifyError,
};

const SECRET: &str = "whsec_jxqzwvkyJXQZWVKY";
const OTHER: &str = "another secret";
const BODY: &[u8] = b"pay-pfghtrnb-to-mallory";
const ID: &str = "dlv_1";

fn signature() -> Vec<u8> {
    hmac(Algorithm::HmacSha256, SECRET.as_bytes(), &[b"1700000000.", BODY])
}

#[track_caller]
fn hides(shown: &dyn Debug) {
    for shown in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!shown.is_empty());
        assert_hidden(&shown, SECRET.as_bytes());
        // A decoded key must not be shown either.
        assert_hidden(&shown, SECRET.trim_start_matches("whsec_").as_bytes());
        assert_hidden(&shown, BODY);
        assert_hidden(&shown, &signature());
        // Nor must a part of the signature or the body.
        assert_hidden(&shown, &signature()[..8]);
        assert_hidden(&shown, &BODY[4..12]);
    }
}

fn headers() -> Vec<(&'static str, String)> {
    let headers = secret::<voisnap::Voisnap>(SECRET).sign(BODY, NOW, Some(ID)).unwrap();
    assert!(headers[0].1.ends_with(&common::hex(&signature())));
    headers
}

#[test]
fn debug_of_secrets_verifications_and_deliveries_is_redacted() {
    let key = secret::<voisnap::Voisnap>(SECRET).or_previous(OTHER).unwrap();
    let headers = headers();
    hides(&key);
    assert_eq!(format!("{key:?}"), "Key(voisnap, 2)");

    let head = Head::new("POST", "/hook?token=whsec_jxqzwvkyJXQZWVKY", &headers);
    hides(&head);
    let mut verification = key.begin(&head, NOW.into()).unwrap();
    hides(&verification);
    verification.update(BODY);
    hides(&verification);
    let delivery = verification.finish(&Bytes::from_static(BODY)).unwrap().into_delivery().unwrap();
    hides(&delivery);
    hides(&delivery.clone());
    for fingerprint in delivery.fingerprints() {
        hides(&fingerprint);
        hides(&fingerprint.to_string());
        hides(&fingerprint.as_ref());
    }
}

#[test]
fn debug_of_settings_and_intakes_is_redacted() {
    let mut settings = Settings::new(secret::<voisnap::Voisnap>(SECRET), || NOW);
    settings.set_max_buffered(1000);
    hides(&settings);
    let headers = headers();
    let head = Head::new("POST", "/", &headers);
    for frames in [vec![BODY], vec![&BODY[..3], &BODY[3..]]] {
        let mut intake = Intake::begin(&settings, None, &head, None).unwrap();
        hides(&intake);
        for frame in frames {
            feed(&mut intake, [Bytes::from_static(frame)]).unwrap();
            hides(&intake);
        }
        hides(&read(&mut intake, []).unwrap());
        hides(&intake);
    }
}

#[test]
fn errors_do_not_contain_the_rejected_data() {
    let key = secret::<voisnap::Voisnap>("another secret");
    let head_only = |headers: &Vec<(&'static str, String)>| {
        let body = Bytes::from_static(BODY);
        key.verify(&Head::new("POST", "/", headers), &body, NOW).unwrap_err()
    };
    let genuine = headers();
    for index in 0..genuine.len() {
        for value in [SECRET.to_owned(), common::hex(&signature()), String::new()] {
            let mut headers = genuine.clone();
            headers[index].1 = value;
            let error: VerifyError = head_only(&headers);
            hides(&error);
            hides(&error.to_string());
            let rejection = Rejection::from(error);
            hides(&rejection);
            hides(&rejection.to_string());
            hides(&rejection.to_json());
        }
    }
}

#[test]
fn secret_errors_do_not_contain_the_secret() {
    // `_` and `!` are not base64.
    for text in [SECRET.replace("KY", "!"), format!(" {SECRET}")] {
        let error: SecretError = standard_webhooks::Secret::new(&text).unwrap_err();
        hides(&error);
        hides(&error.to_string());
    }
    let two = secret::<voisnap::Voisnap>(SECRET).or_previous(OTHER).unwrap();
    let error = two.clone().or_previous(SECRET).unwrap_err();
    assert_eq!(error.kind(), SecretErrorKind::Repeated);
    hides(&error);
    hides(&error.to_string());
    let four = ["3", "4"].into_iter().fold(two, |key, text| key.or_previous(text).unwrap());
    let error = four.or_previous(SECRET).unwrap_err();
    assert_eq!(error.kind(), SecretErrorKind::TooMany);
    hides(&error);
}

#[test]
fn debug_of_a_delivery_shows_its_metadata() {
    let delivery = verify(&secret::<voisnap::Voisnap>(SECRET), &headers(), BODY, NOW).unwrap();
    let shown = format!("{delivery:?}");
    for told in ["voisnap", ID, "1700000000000", "key_index: 0", "len: 23"] {
        assert!(shown.contains(told), "{shown} tells {told}");
    }
}
