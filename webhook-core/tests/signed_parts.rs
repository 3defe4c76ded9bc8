//! Schemes that sign the URL, the method or other headers, and tokens that sign nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests assert; a panic is their way to say no"
)]

mod common;

use common::{BODY, NOW, hmac_hex, refused, verify};
use webhook_core::{
    Bytes, Delivery, Head, Headers, Key, Outgoing, Part, Scheme, SchemeProvider, SecretErrorKind,
    SignErrorKind, SignsUrl, Verify, VerifyErrorKind,
};

enum Shop {}

impl SchemeProvider for Shop {
    const SCHEME: Scheme = Scheme::new("shop", "x-signature").signs(&[Part::Url, Part::Body]);
}

impl SignsUrl for Shop {}

enum Whole {}

impl SchemeProvider for Whole {
    const SCHEME: Scheme = Scheme::new("whole", "x-signature").signs(&[
        Part::Method,
        Part::Literal("\n"),
        Part::Header("x-topic"),
        Part::Literal("\n"),
        Part::Body,
    ]);
}

enum Token {}

impl SchemeProvider for Token {
    const SCHEME: Scheme = Scheme::token("token", "x-token").hints(&["x-a", "x-b", "x-c", "x-d"]);
}

fn at(
    key: &impl Verify,
    method: &str,
    target: &str,
    headers: &dyn Headers,
) -> Result<Delivery, VerifyErrorKind> {
    let body = Bytes::from_static(BODY);
    key.verify(&Head::new(method, target, headers), &body, NOW).map_err(|error| error.kind())
}

#[test]
fn the_public_url_is_signed_whatever_the_request_says() {
    let key = Key::<Shop>::for_url("signature-key", "https://webhook.site/webhooks").unwrap();
    let signed = hmac_hex("signature-key", &[b"https://webhook.site/webhooks", BODY]);
    let headers = [("x-signature", signed)];
    for target in ["/webhooks", "/", "/cut/by/a/router"] {
        assert!(at(&key, "POST", target, &headers).is_ok(), "{target}");
    }
    let query = at(&key, "POST", "/webhooks?a=1", &headers);
    assert_eq!(query.unwrap_err(), VerifyErrorKind::InvalidSignature);
    let other = Key::<Shop>::for_url("signature-key", "https://webhook.site/other").unwrap();
    let refused = at(&other, "POST", "/webhooks", &headers).unwrap_err();
    assert_eq!(refused, VerifyErrorKind::InvalidSignature);
    let error = Key::<Shop>::for_url("signature-key", "/webhooks").unwrap_err();
    assert_eq!(error.kind(), SecretErrorKind::InvalidUrl);
}

#[test]
fn what_is_signed_of_a_url_is_verified() {
    let key = Key::<Shop>::for_url("key", "https://example.com").unwrap();
    let headers = key.verifier().sign(&Outgoing::new(BODY, NOW).target("/hooks/7?a=1")).unwrap();
    assert!(at(&key, "POST", "/hooks/7?a=1", &headers).is_ok());
    assert_eq!(
        at(&key, "POST", "/hooks/8?a=1", &headers).unwrap_err(),
        VerifyErrorKind::InvalidSignature
    );
}

#[test]
fn the_method_and_other_headers_are_signed() {
    let key = Key::<Whole>::new("key").unwrap();
    let outgoing = Outgoing::new(BODY, NOW).method("PUT").headers(&[("x-topic", "orders")]);
    let mut headers = key.verifier().sign(&outgoing).unwrap();
    let expected = hmac_hex("key", &[b"PUT\norders\n", BODY]);
    assert_eq!(headers, [("x-signature", expected)]);
    headers.push(("x-topic", "orders".to_owned()));
    assert!(at(&key, "PUT", "/", &headers).is_ok());

    let invalid = VerifyErrorKind::InvalidSignature;
    assert_eq!(at(&key, "POST", "/", &headers).unwrap_err(), invalid);
    headers[1].1 = "refunds".to_owned();
    assert_eq!(at(&key, "PUT", "/", &headers).unwrap_err(), invalid);
    headers.push(headers[1].clone());
    assert_eq!(
        at(&key, "PUT", "/", &headers).unwrap_err(),
        VerifyErrorKind::MalformedSignature,
        "repeated"
    );
    headers.truncate(1);
    assert_eq!(at(&key, "PUT", "/", &headers).unwrap_err(), VerifyErrorKind::MissingSignature);
    let long = "x".repeat(17 * 1024);
    headers.push(("x-topic", long));
    assert_eq!(at(&key, "PUT", "/", &headers).unwrap_err(), VerifyErrorKind::MalformedSignature);

    let error = key.verifier().sign(&Outgoing::new(BODY, NOW)).unwrap_err();
    assert_eq!(error.kind(), SignErrorKind::MissingHeader("x-topic"));
}

#[test]
fn a_token_is_compared_and_vouches_for_no_body() {
    let key = Key::<Token>::new("sesame").unwrap().or_previous("open").unwrap();
    for (token, index) in [("sesame", 0), ("open", 1)] {
        let delivery = verify(&key, &[("x-token", token)], BODY, NOW).unwrap();
        assert_eq!(delivery.key_index(), index);
        assert!(!delivery.covers_body());
        assert_eq!(delivery.fingerprints().count(), 0);
    }
    for token in ["", "sesam", "sesames", "Sesame"] {
        let kind = refused(&key, &[("x-token", token)], BODY, NOW);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature, "{token:?}");
    }
    assert_eq!(refused(&key, &[("a", "b")], BODY, NOW), VerifyErrorKind::MissingSignature);
    let signed = key.sign(BODY, NOW, None).unwrap();
    assert_eq!(signed, [("x-token", "sesame".to_owned())]);
    assert_eq!(key.or_previous("open").unwrap_err().kind(), SecretErrorKind::Repeated);
}

#[test]
fn there_may_be_any_number_of_hints() {
    let key = Key::<Token>::new("sesame").unwrap();
    let headers = [("x-token", "sesame"), ("x-d", "4"), ("x-b", "2"), ("x-c", "not\treadable")];
    let delivery = verify(&key, &headers, BODY, NOW).unwrap();
    let hints: Vec<_> = delivery.unsigned_hints().collect();
    assert_eq!(hints, [("x-b", "2"), ("x-d", "4")]);
}
