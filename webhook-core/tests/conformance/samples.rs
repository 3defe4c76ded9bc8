//! Entries that cannot sign provide a genuine request instead.

use std::io::{Write as _, stderr};

use webhook_core::providers::{Credentials, Entry, Handwritten, Sample};
use webhook_core::{Provider, SecretText, VerifyErrorKind, providers};

use super::credentials;
use super::subject::{Request, verify};

#[test]
fn every_entry_signs_or_has_a_sample() {
    let (signs, samples): (Vec<&Entry>, Vec<&Entry>) =
        providers::ALL.iter().partition(|entry| credentials::for_entry(entry).is_some());
    let names: Vec<_> = samples.iter().map(|entry| entry.name()).collect();
    let counts = (signs.len(), samples.len());
    writeln!(stderr(), "{} entries sign, {} have a sample: {names:?}", counts.0, counts.1).unwrap();
    for entry in samples {
        assert!(entry.sample_request().is_some(), "{} has neither", entry.name());
    }
}

/// The sample is accepted. Another body, a missing header and a stale time are refused as far as they are signed.
fn check(entry: &Entry, sample: &Sample) {
    let name = entry.name();
    let request = Request {
        method: sample.method,
        target: sample.target,
        headers: sample
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes().to_vec()))
            .collect(),
        body: sample.body.to_vec(),
        now: sample.now,
        ..Request::new()
    };
    let verifier = entry.verifier(&sample.credentials().unwrap()).unwrap();
    let delivery = verify(&*verifier, &request).unwrap_or_else(|kind| panic!("{name}: {kind:?}"));
    assert_eq!(delivery.provider(), name);
    assert_eq!(delivery.id_is_signed(), entry.signs_id(), "{name}");

    for index in 0..request.body.len() {
        let mut other = request.clone();
        other.body[index] ^= 1;
        let refused = verify(&*verifier, &other).is_err();
        assert!(refused || !delivery.covers_body(), "{name}: byte {index}");
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
        let stale = Request { now: webhook_core::UnixTime::from_secs(0), ..request };
        let kind = verify(&*verifier, &stale).unwrap_err();
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance, "{name}");
    }
}

#[test]
fn samples_are_genuine() {
    for entry in providers::ALL {
        if let Some(sample) = entry.sample_request() {
            check(entry, sample);
        }
    }
}

/// Tests the mechanism, which no listed entry may use.
#[test]
fn an_entry_that_cannot_sign_is_tested_with_its_sample() {
    enum Own {}
    impl Provider for Own {
        const NAME: &'static str = "svara";
    }
    /// Ours: Python's `hmac` with SHA-256.
    const SAMPLE: Sample = Sample::new("a-raw-secret", br#"{"event":"paid","amount":4200}"#)
        .headers(&[(
            "x-svara-signature",
            "ae6a80a11c6e04b00e98292a50f26fc73e3a944b88aeec5743914be4ec4c1e39",
        )]);
    let entry = Entry::handwritten::<Own>(
        "Own",
        Handwritten {
            signed: "body",
            signs_id: false,
            signs_url: false,
            public_key: false,
            tolerance: None,
            verifier: |credentials: &Credentials| {
                credentials.any_of(webhook_core::providers::svara::Secret::read)
            },
            sign: None,
        },
    )
    .sample(&SAMPLE);
    assert!(credentials::for_entry(&entry).is_none());
    check(&entry, entry.sample_request().unwrap());
    assert!(SecretText::new(SAMPLE.credential).is_ok());
}
