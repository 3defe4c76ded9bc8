//! Handshakes are answered without a handler. A scheme recognizes an unsigned handshake by its head, and a signed one
//! after it was verified.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::task::{Context, Poll, Waker};

use common::{BODY, NOW, feed, hmac_hex, secret};
use webhook_core::VerifyErrorKind::{
    InvalidSignature, MissingSignature, TimestampOutsideTolerance,
};
use webhook_core::adapter::{Arrival, Intake, Settings};
use webhook_core::{
    Answer, Bytes, Delivery, Head, Key, Part, Rejection, RejectionKind, Scheme, SchemeProvider,
    UnixTime, Verifier, Verify, VerifyErrorKind,
};

/// Sends an unsigned `GET /?challenge=text` and expects the text as the answer.
enum Asking {}

impl SchemeProvider for Asking {
    const SCHEME: Scheme = Scheme::new("asking", "x-signature").challenge(|head| {
        let query = head.target().split_once('?').filter(|_| head.method() == "GET")?.1;
        let challenge = query.split('&').find_map(|pair| pair.strip_prefix("challenge="))?;
        Answer::echo(challenge.as_bytes())
    });
}

/// Sends a signed `hello <text>` and expects the MAC of the text.
enum Greeting {}

impl SchemeProvider for Greeting {
    const SCHEME: Scheme = Scheme::new("greeting", "x-signature")
        .timestamp("x-time")
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body])
        .handshake(greet);
}

fn greet(verifier: &Verifier, delivery: &Delivery) -> Option<Answer> {
    let text = delivery.body().strip_prefix(b"hello ")?;
    Some(Answer::json(format!("{:?}", verifier.mac(text)?)))
}

const HELLO: &[u8] = b"hello world";

fn settings<P: SchemeProvider>(texts: &[&str]) -> Settings {
    let (first, previous) = texts.split_first().unwrap();
    let key = previous.iter().fold(secret::<P>(first), |key, text| key.or_previous(text).unwrap());
    Settings::new(key, || NOW)
}

/// Reads a request as an adapter does.
fn take(
    settings: &Settings,
    (method, target): (&str, &str),
    headers: &[(&'static str, String)],
    body: &[u8],
) -> Result<Arrival, RejectionKind> {
    let headers = headers.to_vec();
    let kind = |rejection: Rejection| rejection.kind();
    let mut intake =
        Intake::begin(settings, None, &Head::new(method, target, &headers), None).map_err(kind)?;
    let mut frames = body.chunks(4).map(Bytes::copy_from_slice);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(outcome) = intake.poll(&mut cx, |_| Poll::Ready(frames.next().map(Ok))) {
            return outcome.map_err(kind);
        }
    }
}

/// Returns the answer, and the proof if the handshake was signed.
#[track_caller]
fn answered(arrived: Arrival) -> (Answer, Option<Delivery>) {
    match arrived {
        Arrival::Handshake { answer, delivery } => (answer, delivery.map(|delivery| *delivery)),
        Arrival::Delivery(receipt) => panic!("a delivery: {receipt:?}"),
    }
}

#[track_caller]
fn delivered(arrived: Arrival) -> Delivery {
    match arrived {
        Arrival::Delivery(receipt) => receipt.into_delivery(),
        Arrival::Handshake { answer, .. } => panic!("a handshake: {answer:?}"),
    }
}

fn signed<P: SchemeProvider>(text: &str, body: &[u8]) -> Vec<(&'static str, String)> {
    secret::<P>(text).sign(body, NOW, None).unwrap()
}

const POST: (&str, &str) = ("POST", "/");

#[test]
fn an_unsigned_challenge_is_answered_and_proves_nothing() {
    let settings = settings::<Asking>(&["secret"]);
    for body in [&b""[..], BODY] {
        let arrived = take(&settings, ("GET", "/hook?a=b&challenge=abc-1"), &[], body).unwrap();
        let (answer, delivery) = answered(arrived);
        assert_eq!((answer.status, answer.content_type), (200, "text/plain"));
        assert_eq!(answer.body, "abc-1");
        assert_eq!(answer.headers, [("x-content-type-options", "nosniff".to_owned())]);
        assert!(delivery.is_none());
    }
}

#[test]
fn other_requests_are_verified_as_usual() {
    let settings = settings::<Asking>(&["secret"]);
    let headers = signed::<Asking>("secret", BODY);
    let target = "/hook?challenge=abc";
    let delivery = delivered(take(&settings, ("POST", target), &headers, BODY).unwrap());
    assert_eq!(delivery.body(), BODY);
    for (method, target) in [("POST", target), ("GET", "/hook"), ("GET", "/hook?challenges=abc")] {
        let refused = take(&settings, (method, target), &[], BODY).unwrap_err();
        assert_eq!(refused, RejectionKind::Verify(MissingSignature), "{method} {target}");
    }
}

#[test]
fn only_short_visible_text_is_echoed() {
    let settings = settings::<Asking>(&["secret"]);
    let longest = "x".repeat(1024);
    for text in ["a", "a-1.b_2~%20", &longest] {
        let target = format!("/?challenge={text}");
        let (answer, _) = answered(take(&settings, ("GET", &target), &[], b"").unwrap());
        assert_eq!(answer.body, text);
        assert_eq!(answer.content_type, "text/plain");
    }
    for text in ["", "a b", "<script>", "a\r\nb", "\u{e9}", &"x".repeat(1025)] {
        let target = format!("/?challenge={text}");
        let refused = take(&settings, ("GET", &target), &[], b"").unwrap_err();
        assert_eq!(refused, RejectionKind::Verify(MissingSignature), "{text:?}");
    }
}

/// Code that calls `verify` must not mistake a challenge for a delivery.
#[test]
fn verify_refuses_an_unsigned_challenge() {
    let key = secret::<Asking>("secret");
    let headers: [(&str, &str); 0] = [];
    let head = Head::new("GET", "/?challenge=abc", &headers);
    let refused = key.verify(&head, &Bytes::new(), NOW).unwrap_err();
    assert_eq!(refused.kind(), MissingSignature);
    let checked = key.begin(&head, NOW.into()).unwrap().finish(&Bytes::new()).unwrap();
    assert_eq!(checked.into_delivery().unwrap_err().kind(), InvalidSignature);
}

#[test]
fn a_signed_handshake_is_answered_with_its_proof() {
    let settings = settings::<Greeting>(&["secret"]);
    let headers = signed::<Greeting>("secret", HELLO);
    let (answer, delivery) = answered(take(&settings, POST, &headers, HELLO).unwrap());
    assert_eq!((answer.status, answer.content_type), (200, "application/json"));
    assert_eq!(answer.body, format!("{:?}", hmac_hex("secret", &[b"world"])));
    let delivery = delivery.unwrap();
    assert_eq!((delivery.body().as_ref(), delivery.signed_at()), (HELLO, Some(NOW)));

    let headers = signed::<Greeting>("secret", BODY);
    assert_eq!(delivered(take(&settings, POST, &headers, BODY).unwrap()).body(), BODY);
}

#[test]
fn a_forged_handshake_is_refused_and_not_answered() {
    let refused = |headers: &[(&'static str, String)], body: &[u8]| {
        take(&settings::<Greeting>(&["secret"]), POST, headers, body).unwrap_err()
    };
    let is = |kind: VerifyErrorKind| RejectionKind::Verify(kind);
    assert_eq!(refused(&[], HELLO), is(MissingSignature));
    assert_eq!(refused(&signed::<Greeting>("another", HELLO), HELLO), is(InvalidSignature));
    assert_eq!(refused(&signed::<Greeting>("secret", BODY), HELLO), is(InvalidSignature));
    assert_eq!(
        refused(&signed::<Greeting>("secret", HELLO), b"hello mallory"),
        is(InvalidSignature)
    );

    let past = UnixTime::from_secs(NOW.as_secs() - 301);
    let replayed = secret::<Greeting>("secret").sign(HELLO, past, None).unwrap();
    assert_eq!(refused(&replayed, HELLO), is(TimestampOutsideTolerance));
}

/// The answer uses the current key, also if the previous key signed the handshake.
#[test]
fn handshakes_are_answered_during_a_rotation() {
    let settings = settings::<Greeting>(&["new", "old"]);
    for text in ["new", "old"] {
        let headers = signed::<Greeting>(text, HELLO);
        let (answer, delivery) = answered(take(&settings, POST, &headers, HELLO).unwrap());
        assert_eq!(answer.body, format!("{:?}", hmac_hex("new", &[b"world"])), "{text}");
        assert_eq!(delivery.unwrap().key_index(), usize::from(text == "old"));
    }
}

#[test]
fn any_of_several_verifiers_answers() {
    let both = secret::<Asking>("two").or_verifier(secret::<Greeting>("one"));
    let settings = Settings::new(both, || NOW);
    let headers = signed::<Greeting>("one", HELLO);
    let (answer, delivery) = answered(take(&settings, POST, &headers, HELLO).unwrap());
    assert_eq!(answer.body, format!("{:?}", hmac_hex("one", &[b"world"])));
    assert_eq!(delivery.unwrap().key_index(), 1);
    let (answer, delivery) =
        answered(take(&settings, ("GET", "/?challenge=abc"), &[], b"").unwrap());
    assert_eq!((&*answer.body, delivery.is_none()), ("abc", true));
    let forged = signed::<Greeting>("three", HELLO);
    let refused = take(&settings, POST, &forged, HELLO).unwrap_err();
    assert_eq!(refused, RejectionKind::Verify(InvalidSignature));
}

#[test]
fn verify_returns_the_delivery_of_a_signed_handshake() {
    let key: Key<Greeting> = secret("secret");
    let headers = signed::<Greeting>("secret", HELLO);
    let head = Head::new("POST", "/", &headers);
    let delivery = key.verify(&head, &Bytes::from_static(HELLO), NOW).unwrap();
    assert_eq!(delivery.body().as_ref(), HELLO);
}

/// Anybody can send a challenge.
#[test]
fn the_body_limit_applies_to_challenges() {
    let mut settings = settings::<Asking>(&["secret"]);
    settings.set_body_limit(4);
    let headers: [(&str, &str); 0] = [];
    let head = Head::new("GET", "/?challenge=abc", &headers);
    let declared = Intake::begin(&settings, None, &head, Some(5)).unwrap_err();
    assert_eq!(declared.kind(), RejectionKind::BodyTooLarge);
    let mut intake = Intake::begin(&settings, None, &head, None).unwrap();
    let fed = feed(&mut intake, [Bytes::from_static(b"12345")]);
    assert_eq!(fed, Err(RejectionKind::BodyTooLarge));
}
