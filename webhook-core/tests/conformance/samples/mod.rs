//! Entries that cannot sign are tested with a recorded request.

#[cfg(all(feature = "p256", feature = "serde", feature = "x509"))]
mod fetched;
mod requests;
mod sample;

use std::io::{Write as _, stderr};

use webhook_core::providers::{Entry, Handwritten};
use webhook_core::{Provider, UnixTime, VerifyErrorKind, providers};

use sample::{Sample, key};

use super::common::HEX;
use super::credentials;
use super::subject::{Request, verify};

fn samples() -> impl Iterator<Item = (&'static Entry, &'static Sample)> {
    let samples = requests::SAMPLES.iter();
    #[cfg(all(feature = "p256", feature = "serde", feature = "x509"))]
    let samples = samples.chain(fetched::SAMPLES);
    // A feature may leave out the entry of a sample.
    samples.filter_map(|sample| Some((providers::find(sample.entry)?, sample)))
}

/// Whether there is a recorded request for the entry.
fn has(entry: &Entry) -> bool {
    samples().any(|(each, _)| each.name() == entry.name())
}

#[test]
fn every_entry_can_sign_or_has_a_sample() {
    let (signs, others): (Vec<&Entry>, Vec<&Entry>) =
        providers::ALL.iter().partition(|entry| credentials::for_entry(entry).is_some());
    let names: Vec<_> = others.iter().map(|entry| entry.name()).collect();
    let (signs, count) = (signs.len(), others.len());
    writeln!(stderr(), "{signs} entries can sign, {count} need a sample: {names:?}").unwrap();
    let missing: Vec<_> = others.into_iter().filter(|entry| !has(entry)).collect();
    assert!(
        missing.is_empty(),
        "add keys of {missing:?} to credentials.rs, or genuine requests to samples/requests.rs"
    );
}

/// The sample is accepted. Another key, another body and a stale time are refused as far as they matter.
fn check(entry: &Entry, sample: &Sample) {
    let name = entry.name();
    let headers = sample.headers.iter();
    let request = Request {
        target: sample.target,
        headers: headers.map(|(name, value)| (*name, value.as_bytes().to_vec())).collect(),
        body: sample.body.as_bytes().to_vec(),
        now: UnixTime::from_secs(sample.now),
        ..Request::new()
    };
    let verifier = entry.verifier(&(sample.credentials)()).unwrap();
    let delivery = verify(&*verifier, &request).unwrap_or_else(|kind| panic!("{name}: {kind:?}"));
    assert_eq!(delivery.provider(), name);
    assert_eq!(delivery.id_is_signed(), entry.signs_id(), "{name}");
    assert_eq!(delivery.tolerance(), entry.default_tolerance(), "{name}");

    // An entry that signs a part of the body names what it leaves out: `"..., not the attributes"`.
    let covers_all = delivery.covers_body() && !entry.signed().contains(", not ");
    for index in 0..request.body.len() {
        let mut other = request.clone();
        other.body[index] ^= 1;
        let is_refused = verify(&*verifier, &other).is_err();
        assert!(is_refused || !covers_all, "{name}: byte {index}");
    }
    for index in 0..request.headers.len() {
        let mut repeated = request.clone();
        repeated.headers.push(request.headers[index].clone());
        let mut missing = request.clone();
        missing.headers.remove(index);
        for (other, defect) in [(repeated, "repeated"), (missing, "missing")] {
            if let Ok(other) = verify(&*verifier, &other) {
                let same = other.fingerprints().eq(delivery.fingerprints());
                assert!(same, "{name}: {} {defect}", request.headers[index].0);
            }
        }
    }
    if entry.default_tolerance().is_some() {
        let stale = Request { now: UnixTime::from_secs(0), ..request };
        let kind = verify(&*verifier, &stale).unwrap_err();
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance, "{name}");
    }
}

#[test]
fn samples_are_accepted_and_damaged_samples_refused() {
    samples().for_each(|(entry, sample)| check(entry, sample));
}

/// Tests the mechanism, which no listed entry may use.
#[test]
fn an_entry_that_cannot_sign_is_tested_with_its_sample() {
    enum Own {}
    impl Provider for Own {
        const NAME: &'static str = "svara";
    }
    let entry = Entry::handwritten::<Own>(
        "Own",
        Handwritten {
            signed: "body",
            signs_id: false,
            signs_url: false,
            public_key: false,
            tolerance: None,
            verifier: |credentials| {
                credentials.any_of(webhook_core::providers::svara::Secret::read)
            },
            sign: None,
        },
    );
    assert!(credentials::for_entry(&entry).is_none());
    let sample = Sample {
        entry: "svara",
        credentials: || key("a-raw-secret"),
        target: "/",
        headers: &[("x-svara-signature", HEX)],
        body: r#"{"event":"paid","amount":4200}"#,
        now: 0,
    };
    check(&entry, &sample);
}
