//! Providers that are chosen by their names. What every entry has to pass is in `conformance`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests assert; a panic is their way to say no"
)]

mod common;

use common::{BODY, NOW};
use webhook_core::providers::{Credentials, Entry, Handwritten};
use webhook_core::{
    Bytes, Head, Outgoing, Provider, PublicUrl, SecretErrorKind, SecretText, SignErrorKind,
    providers,
};

/// A text that every provider takes for a key: valid base64.
const SECRETS: [&str; 2] = ["whsec_AAECAwQFBgcICQoLDA0ODw==", "whsec_DwECAwQFBgcICQoLDA0ODw=="];

fn credentials(text: &str) -> Credentials {
    let url = PublicUrl::new("https://example.com/hook").unwrap();
    Credentials::new(SecretText::new(text).unwrap()).for_url(url)
}

#[test]
fn what_is_signed_is_said_in_words() {
    let signed = |name| providers::find(name).unwrap().signed();
    assert_eq!(signed("svara"), "body");
    assert_eq!(signed("voisnap"), "time and body");
    assert_eq!(signed("standard_webhooks"), "id, time and body");
}

#[test]
fn credentials_that_cannot_be_used_are_refused() {
    let entry = providers::find("standard_webhooks").unwrap();
    let kind = |credentials: &Credentials| entry.verifier(credentials).err().unwrap().kind();
    assert_eq!(kind(&credentials("whsec_!")), SecretErrorKind::Undecodable);
    let twice = credentials(SECRETS[0]).or_previous(SecretText::new(SECRETS[0]).unwrap());
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
