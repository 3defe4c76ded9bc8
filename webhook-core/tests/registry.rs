//! Providers that are chosen by their names.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests assert; a panic is their way to say no"
)]

mod common;

use std::time::Duration;

use common::{BODY, NOW};
use webhook_core::providers::{Credentials, Entry, Handwritten};
use webhook_core::{
    Bytes, Head, Outgoing, Provider, PublicUrl, SecretErrorKind, SecretText, SignErrorKind,
    UnixTime, VerifyErrorKind, providers,
};

/// Texts for keys: Standard Webhooks' form of base64, base64 and hexadecimal.
const SECRETS: [[&str; 2]; 3] = [
    ["whsec_AAECAwQFBgcICQoLDA0ODw==", "whsec_DwECAwQFBgcICQoLDA0ODw=="],
    ["AAECAwQFBgcICQoLDA0ODw==", "DwECAwQFBgcICQoLDA0ODw=="],
    ["000102030405060708090a0b0c0d0e0f", "0f0102030405060708090a0b0c0d0e0f"],
];

/// Two texts that the provider takes for keys.
fn secrets(entry: &Entry) -> [&'static str; 2] {
    let is_key = |text: &str| entry.verifier(&credentials(text)).is_ok();
    SECRETS.into_iter().find(|[text, _]| is_key(text)).unwrap()
}

fn credentials(text: &str) -> Credentials {
    let url = PublicUrl::new("https://example.com/hook").unwrap();
    Credentials::new(SecretText::new(text).unwrap()).for_url(url)
}

#[test]
fn every_entry_verifies_what_it_signs() {
    for entry in providers::ALL {
        let name = entry.name();
        let entry = providers::find(name).unwrap();
        let [current, other] = secrets(entry);
        let outgoing = Outgoing::new(BODY, NOW).id("evt_1").target("/hook");
        let headers = entry.sign(&credentials(current), &outgoing).unwrap();
        let (head, body) = (Head::new("POST", "/hook", &headers), Bytes::from_static(BODY));

        let verify = entry.verifier(&credentials(current)).unwrap();
        let delivery = verify.verify(&head, &body, NOW).unwrap();
        assert_eq!(delivery.provider(), name);
        assert_eq!(delivery.id_is_signed(), entry.signs_id(), "{name}");
        assert_eq!(delivery.tolerance(), entry.default_tolerance(), "{name}");

        let rotated = credentials(other).or_previous(SecretText::new(current).unwrap());
        let verify = entry.verifier(&rotated).unwrap();
        assert_eq!(verify.verify(&head, &body, NOW).unwrap().key_index(), 1, "{name}");

        let other = entry.verifier(&credentials(other)).unwrap();
        let error = other.verify(&head, &body, NOW).unwrap_err();
        assert_eq!(error.kind(), VerifyErrorKind::InvalidSignature, "{name}");
    }
}

#[test]
fn every_entry_says_what_the_user_needs_to_know() {
    for entry in providers::ALL {
        let name = entry.name();
        for text in [entry.title(), entry.credential_name(), entry.credential_location()] {
            assert!(!text.is_empty(), "{name}");
        }
        assert!(!entry.signed().is_empty(), "{name}");
        let is_url = |url: &str| url.starts_with("https://");
        assert!(entry.documentation_url().is_none_or(is_url), "{name}");
    }
    let signed = |name| providers::find(name).unwrap().signed();
    assert_eq!(signed("svara"), "body");
    assert_eq!(signed("voisnap"), "time and body");
    assert_eq!(signed("standard_webhooks"), "id, time and body");
}

#[test]
fn a_tolerance_is_chosen_where_the_time_is_signed() {
    for entry in providers::ALL {
        let [current, _] = secrets(entry);
        let chosen = credentials(current).with_tolerance(Duration::from_secs(5));
        let headers = entry.sign(&chosen, &Outgoing::new(BODY, NOW).id("evt_1")).unwrap();
        let head = Head::new("POST", "/", &headers);
        let later = UnixTime::from_secs(NOW.as_secs() + 6);
        let verify = entry.verifier(&chosen).unwrap();
        let outcome = verify.verify(&head, &Bytes::from_static(BODY), later);
        let stale = outcome.err().map(|error| error.kind());
        let expected =
            entry.default_tolerance().map(|_| VerifyErrorKind::TimestampOutsideTolerance);
        assert_eq!(stale, expected, "{}", entry.name());
    }
}

#[test]
fn credentials_that_cannot_be_used_are_refused() {
    let entry = providers::find("standard_webhooks").unwrap();
    let kind = |credentials: &Credentials| entry.verifier(credentials).err().unwrap().kind();
    assert_eq!(kind(&credentials("whsec_!")), SecretErrorKind::Undecodable);
    let [current, _] = secrets(entry);
    let twice = credentials(current).or_previous(SecretText::new(current).unwrap());
    assert_eq!(kind(&twice), SecretErrorKind::Repeated);
    let error = entry.sign(&credentials("whsec_!"), &Outgoing::new(BODY, NOW).id("a"));
    assert_eq!(error.unwrap_err().kind(), SignErrorKind::Credentials);
}

/// A provider of the user's own, by the one that it resembles.
enum Own {}

impl Provider for Own {
    const NAME: &'static str = "own";
}

const OWN: Entry = Entry::handwritten::<Own>(
    "Own",
    Handwritten {
        signed: "body",
        signs_id: false,
        signs_url: false,
        public_key: false,
        tolerance: None,
        verifier: |credentials| credentials.any_of(webhook_core::providers::svara::Secret::read),
        sign: None,
    },
);

#[test]
fn a_provider_of_ones_own_is_an_entry_too() {
    let listed: Vec<_> = providers::ALL.iter().chain([&OWN]).map(Entry::name).collect();
    assert_eq!(listed.last(), Some(&"own"));
    let headers = providers::find("svara")
        .unwrap()
        .sign(&credentials("before"), &Outgoing::new(BODY, NOW))
        .unwrap();
    let rotated = credentials("now")
        .or_previous(SecretText::new("between").unwrap())
        .or_previous(SecretText::new("before").unwrap());
    let verify = OWN.verifier(&rotated).unwrap();
    let body = Bytes::from_static(BODY);
    let delivery = verify.verify(&Head::new("POST", "/", &headers), &body, NOW).unwrap();
    assert_eq!(delivery.key_index(), 2);
    let error = OWN.sign(&rotated, &Outgoing::new(BODY, NOW)).unwrap_err();
    assert_eq!(error.kind(), SignErrorKind::Unsupported);
}
