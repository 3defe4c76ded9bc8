//! Runs the vectors of the file that `WEBHOOK_VECTORS` names. The file states the origin of each vector:
//! published by a provider, derived from a published one, or taken from a third party.
//!
//! The registry's entry named like the scheme of a vector, or else like its provider, verifies it. Every vector of
//! an entry runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod vector;

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;
use webhook_core::VerifyErrorKind;

/// How many vectors run at least. Raise it when providers are added: if fewer run, some are skipped by mistake.
const AT_LEAST: usize = 190;

/// Whether no entry is missing for lack of a feature.
const HAS_EVERY_ENTRY: bool = cfg!(all(
    feature = "ed25519",
    feature = "p256",
    feature = "paypal",
    feature = "rfc3339",
    feature = "rsa",
    feature = "serde",
    feature = "x509"
));

fn vectors() -> Option<Vec<Value>> {
    let path = env::var_os("WEBHOOK_VECTORS")?;
    let path = Path::new(&path);
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn every_vector_has_the_expected_outcome() {
    let Some(vectors) = vectors() else {
        writeln!(stderr(), "skipped: WEBHOOK_VECTORS is not set").unwrap();
        return;
    };
    let (mut ran, mut not_shipped) = (BTreeMap::new(), BTreeMap::new());
    let (mut accepted, mut unmatched, mut problems) = (0, 0, Vec::new());
    for vector in &vectors {
        let Some(entry) = vector::entry(vector) else {
            *not_shipped.entry(vector::name(vector)).or_insert(0) += 1;
            continue;
        };
        *ran.entry(entry.name()).or_insert(0) += 1;
        match vector::run(entry, vector) {
            Ok(outcome) => {
                accepted += usize::from(outcome.is_none());
                unmatched += usize::from(outcome == Some(VerifyErrorKind::InvalidSignature));
            }
            Err(problem) => problems.push(problem),
        }
    }
    let (all, count) = (vectors.len(), ran.values().sum::<usize>());
    let mut out = stderr();
    writeln!(out, "ran {count} of {all} vectors: {accepted} accepted, {unmatched} unmatched")
        .unwrap();
    writeln!(out, "ran: {ran:?}\nwithout an entry: {not_shipped:?}").unwrap();
    assert!(problems.is_empty(), "{} failed:\n{}", problems.len(), problems.join("\n"));
    assert!(count >= AT_LEAST || !HAS_EVERY_ENTRY, "{count} of at least {AT_LEAST} ran");
}

#[test]
fn no_vector_of_a_shipped_provider_is_skipped() {
    if !HAS_EVERY_ENTRY {
        return;
    }
    for vector in vectors().iter().flatten() {
        let name = vector::name(vector);
        let skipped = vector::entry(vector).is_none() && vector::provider(vector).is_some();
        assert!(!skipped, "{name}: no entry reads this scheme, but its provider is an entry");
    }
}

#[test]
fn an_unreadable_file_fails_and_an_unset_variable_skips() {
    let run = || {
        let mut run = Command::new(env::current_exe().unwrap());
        run.args(["--exact", "every_vector_has_the_expected_outcome"]);
        run
    };
    let unset = run().env_remove("WEBHOOK_VECTORS").output().unwrap();
    let shown = String::from_utf8_lossy(&unset.stderr);
    assert!(unset.status.success() && shown.contains("skipped: WEBHOOK_VECTORS is not set"));
    for unreadable in ["/nowhere/to/be/found.json", "", "/", env!("CARGO_MANIFEST_PATH")] {
        let output = run().env("WEBHOOK_VECTORS", unreadable).output().unwrap();
        assert_eq!(output.status.code(), Some(101), "{unreadable:?}");
    }
}
