//! The types that read a verified body, and hand-written verifications.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{BODY, NOW, refused, secret, verify};
use webhook_core::providers::{samva, voisnap};
use webhook_core::{
    Bytes, Check, Checked, Clock, Delivery, Fingerprint, Head, Headers, Payload, Provider,
    Rejection, RejectionKind, Verification, Verify, VerifyError, VerifyErrorKind,
};

fn delivery(body: &[u8], encodings: &[&str]) -> Delivery {
    let key: samva::Secret = secret("text");
    let mut headers = key.sign(body, NOW, None).unwrap();
    headers.extend(encodings.iter().map(|value| ("Content-Encoding", (*value).to_owned())));
    verify(&key, &headers, body, NOW).unwrap()
}

fn kind<T: Payload>(delivery: &Delivery) -> Option<RejectionKind> {
    T::from_delivery(delivery).err().map(|rejection: Rejection| rejection.kind())
}

#[test]
fn an_encoded_body_can_be_read_only_as_bytes() {
    for encodings in [
        &["gzip"][..],
        &["GZIP"],
        &["br"],
        &["aws-chunked"],
        &["identity, gzip"],
        &["identity, identity"],
        &[""],
        &["identity", "identity"],
        &["identity", "gzip"],
    ] {
        let delivery = delivery(BODY, encodings);
        assert!(delivery.is_encoded(), "{encodings:?}");
        assert_eq!(Bytes::from_delivery(&delivery).unwrap(), BODY);
        let unsupported = Some(RejectionKind::UnsupportedEncoding);
        assert_eq!(kind::<String>(&delivery), unsupported, "{encodings:?}");
        #[cfg(feature = "serde")]
        assert_eq!(kind::<webhook_core::Json<serde_json::Value>>(&delivery), unsupported);
        #[cfg(feature = "events")]
        assert_eq!(kind::<samva::Event>(&delivery), unsupported);
        assert_eq!(delivery.plain_body().unwrap_err().status(), 415);
    }
}

#[test]
fn a_plain_body_can_be_read() {
    for encodings in [&[][..], &["identity"], &["Identity"]] {
        let delivery = delivery(BODY, encodings);
        assert!(!delivery.is_encoded(), "{encodings:?}");
        assert_eq!(String::from_delivery(&delivery).unwrap().as_bytes(), BODY);
        assert_eq!(delivery.plain_body().unwrap(), BODY);
    }
}

#[test]
fn invalid_utf8_is_not_understood_with_the_reason() {
    let rejection = String::from_delivery(&delivery(b"a\xffb", &[])).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::NotUnderstood);
    assert!(std::error::Error::source(&rejection).unwrap().is::<std::str::Utf8Error>());
    assert_eq!(Bytes::from_delivery(&delivery(b"a\xffb", &[])).unwrap(), &b"a\xffb"[..]);
}

#[cfg(feature = "serde")]
#[test]
fn json_is_read_or_refused_as_not_understood() {
    use webhook_core::Json;

    let Json(numbers) = Json::<Vec<u32>>::from_delivery(&delivery(b" [1, 2]\n", &[])).unwrap();
    assert_eq!(numbers, [1, 2]);
    for body in [&b"[1, 2"[..], b"[-1]", b"", b"[1] [2]", b"\xff", b"{}"] {
        assert_eq!(
            kind::<Json<Vec<u32>>>(&delivery(body, &[])),
            Some(RejectionKind::NotUnderstood)
        );
    }
    let deep = "[".repeat(100_000);
    let deep = delivery(deep.as_bytes(), &[]);
    assert_eq!(kind::<Json<serde_json::Value>>(&deep), Some(RejectionKind::NotUnderstood));
}

#[cfg(feature = "events")]
#[test]
fn an_event_of_another_provider_is_a_setup_error() {
    use webhook_core::providers::{svara, voxpria};

    let delivery = delivery(br#"{"event":"call.started","type":"SessionStarted"}"#, &[]);
    let wrong = Some(RejectionKind::NotConfigured);
    assert_eq!(kind::<svara::Event>(&delivery), wrong);
    assert_eq!(kind::<voisnap::Event>(&delivery), wrong);
    assert_eq!(kind::<voxpria::Event>(&delivery), wrong);
    assert_eq!(kind::<samva::Event>(&delivery), None);
}

/// A bare token: the sender is authentic, but the body may not be.
struct Token;

struct TokenCheck {
    known: bool,
}

impl Provider for Token {
    const NAME: &'static str = "token";
}

impl Verify for Token {
    fn provider(&self) -> &'static str {
        Self::NAME
    }

    fn begin(&self, head: &Head<'_>, _: Clock<'_>) -> Result<Verification, VerifyError> {
        let known = head.required("x-token")? == b"sesame";
        Ok(Verification::new::<Self>(head, Box::new(TokenCheck { known })))
    }
}

impl Check for TokenCheck {
    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        let delivery = Delivery::assume_verified_by_custom_check::<Token>(whole);
        self.known.then(|| delivery.into()).ok_or(VerifyErrorKind::InvalidSignature.into())
    }
}

/// A hand-written check that compares what it is fed.
struct Fed(Vec<u8>);

impl Check for Fed {
    fn update(&mut self, piece: &[u8]) {
        self.0.extend_from_slice(piece);
    }

    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        assert_eq!(whole, &self.0);
        Ok(Delivery::assume_verified_by_custom_check::<Token>(whole).into())
    }
}

#[test]
fn a_check_receives_the_whole_body_once() {
    let head: [(&str, &str); 0] = [];
    let begin = || {
        let head = Head::new("POST", "/", &head);
        Verification::new::<Token>(&head, Box::new(Fed(Vec::new())))
    };
    let whole = Bytes::from_static(BODY);
    assert!(begin().finish(&whole).is_ok(), "as a whole");
    assert!(begin().finish(&Bytes::new()).is_ok());

    let mut verification = begin();
    let (first, second) = BODY.split_at(3);
    for piece in [first, b"", second] {
        verification.update(piece);
    }
    assert!(verification.finish(&whole).is_ok());
}

#[test]
fn a_token_does_not_cover_the_body() {
    let delivery = verify(&Token, &[("x-token", "sesame")], BODY, NOW).unwrap();
    assert_eq!(delivery.provider(), "token");
    assert!(!delivery.covers_body());
    assert_eq!(delivery.fingerprints().count(), 0);
    assert_eq!((delivery.id(), delivery.id_is_signed()), (None, false));
    assert_eq!((delivery.signed_at(), delivery.key_index()), (None, 0));

    for (headers, kind) in [
        (vec![("x-token", "open")], VerifyErrorKind::InvalidSignature),
        (vec![("x-token", "sesame"); 2], VerifyErrorKind::MalformedSignature),
        (vec![], VerifyErrorKind::MissingSignature),
    ] {
        assert_eq!(refused(&Token, &headers, BODY, NOW), kind);
    }
}

#[test]
fn a_hand_written_check_follows_the_same_rules() {
    let headers = [("x-token", "sesame"), ("content-encoding", "gzip")];
    let begin = || Token.begin(&Head::new("POST", "/", &headers), NOW.into()).unwrap();
    let mut verification = begin();
    verification.update(BODY);
    let delivery = verification.finish(&Bytes::from_static(BODY)).unwrap().into_delivery().unwrap();
    assert!(delivery.is_encoded());

    let delivery = begin().finish(&Bytes::from_static(BODY)).unwrap().into_delivery().unwrap();
    assert!(delivery.is_encoded());

    let mut short = begin();
    short.update(&BODY[1..]);
    let error = short.finish(&Bytes::from_static(BODY)).unwrap_err();
    assert_eq!(
        error.kind(),
        VerifyErrorKind::InvalidSignature,
        "the length differs from its pieces"
    );
}

fn message<P: Provider>(parts: &[&[u8]]) -> Fingerprint {
    let delivery = Delivery::assume_verified_by_custom_check::<P>(&Bytes::new());
    let delivery = delivery.with_signed_message(parts);
    assert!(delivery.covers_body());
    let prints: Vec<_> = delivery.fingerprints().collect();
    assert_eq!(prints.len(), 1);
    prints.into_iter().next().unwrap()
}

#[test]
fn a_signed_message_is_identified_by_its_parts() {
    let first = message::<Token>(&[b"1", b"body"]);
    assert_eq!(message::<Token>(&[b"1", b"body"]), first);
    for parts in [&[&b"1b"[..], b"ody"][..], &[b"1body"], &[b"1", b"body", b""], &[b"2", b"body"]] {
        assert_ne!(message::<Token>(parts), first);
    }
    assert_ne!(message::<samva::Samva>(&[b"1", b"body"]), first);
}

#[test]
fn a_hand_written_delivery_keeps_the_given_values() {
    let build = || Delivery::assume_verified_by_custom_check::<Token>(&Bytes::from_static(BODY));
    let full = build()
        .with_signed_time(NOW, Duration::from_secs(5))
        .with_id("evt_1", true)
        .with_key_index(2);
    assert_eq!((full.id(), full.id_is_signed()), (Some("evt_1"), true));
    assert_eq!((full.signed_at(), full.key_index()), (Some(NOW), 2));
    assert_eq!(full.tolerance(), Some(Duration::from_secs(5)));
    assert_eq!(full.body(), BODY);
    for id in ["", "a b", "a\n", "\u{e9}", &"x".repeat(256)] {
        assert_eq!(build().with_id(id, false).id(), None, "{id:?}");
    }
}

#[test]
fn a_shared_verifier_verifies_too() {
    let key: voisnap::Secret = secret("text");
    let shared: std::sync::Arc<dyn Verify> = std::sync::Arc::new(std::sync::Arc::new(key.clone()));
    assert_eq!(shared.provider(), "voisnap");
    let headers: &dyn Headers = &key.sign(BODY, NOW, Some("dlv_1")).unwrap();
    assert_eq!(verify(&shared, headers, BODY, NOW).unwrap().id(), Some("dlv_1"));
    assert_eq!(refused(&*shared, headers, b"{}", NOW), VerifyErrorKind::InvalidSignature);
}
