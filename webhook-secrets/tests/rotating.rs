//! Verifiers that are replaced while requests arrive.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::thread;

use common::{BODY, NOW, accepts, signed_with};
use webhook_core::providers::{github, svara};
use webhook_core::{Clock, Head, Verify};
use webhook_secrets::Rotating;

fn svara(text: &str) -> svara::Secret {
    svara::Secret::new(text).unwrap()
}

#[test]
fn a_new_secret_is_used_at_once() {
    let (secret, handle) = Rotating::new(svara("old"));
    assert!(accepts(&secret, "old") && !accepts(&secret, "new"));

    assert!(handle.set(svara("new").or_previous("old").unwrap()));
    assert!(accepts(&secret, "old") && accepts(&secret, "new"));

    handle.clone().set(svara("new"));
    assert!(!accepts(&secret.clone(), "old") && accepts(&secret.clone(), "new"));
    assert!(accepts(&*handle.get(), "new"));
}

#[test]
fn a_verification_that_has_begun_keeps_its_secret() {
    let (secret, handle) = Rotating::new(svara("old"));
    let headers = signed_with("old");
    let head = Head::new("POST", "/", &headers);
    let begun = secret.begin(&head, Clock::at(NOW)).unwrap();

    handle.set(svara("new"));
    assert!(begun.finish(&BODY).is_ok());
    assert!(!accepts(&secret, "old"));
}

#[test]
fn requests_are_verified_while_the_secret_is_replaced() {
    let (secret, handle) = Rotating::new(svara("a").or_previous("both").unwrap());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..500).for_each(|_| assert!(accepts(&secret, "both"))));
        }
        for text in ["b", "c"].repeat(250) {
            handle.set(svara(text).or_previous("both").unwrap());
        }
    });
}

#[test]
fn a_verifier_of_another_provider_is_not_taken() {
    let (secret, handle) = Rotating::new(Box::new(svara("old")) as Box<dyn Verify>);
    assert!(!handle.set(Box::new(github::Secret::new("new").unwrap())));
    assert_eq!(secret.provider(), "svara");
    assert!(accepts(&secret, "old"));

    handle.set(Box::new(svara("new").or_verifier(svara("old"))));
    assert!(accepts(&secret, "old") && accepts(&secret, "new"));

    let shared: Arc<dyn Verify> = Arc::new(svara("old"));
    let (secret, handle) = Rotating::new(shared);
    handle.set(Arc::new(github::Secret::new("new").unwrap()));
    assert!(accepts(&secret, "old"));
}

#[test]
fn only_the_provider_is_shown() {
    let (secret, handle) = Rotating::new(svara("s3cr3t"));
    assert_eq!(format!("{secret:?} {handle:?}"), "Rotating(svara) Handle(svara)");
}
