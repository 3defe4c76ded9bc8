//! Runs the vectors of a file that lies beside the project, named by `WEBHOOK_VECTORS`: published by
//! providers, derived from those, or taken from third parties, as the file says of each.
//!
//! A vector belongs to the registry's entry of its scheme's name, or else of its provider's. All vectors of an
//! entry run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests assert; a panic is their way to say no"
)]

mod vector;

use std::collections::BTreeMap;
use std::io::{Write as _, stderr};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;
use webhook_core::VerifyErrorKind;

/// So many vectors ran when this was last raised; fewer would mean that some are passed over.
const AT_LEAST: usize = 33;

/// Some entries are behind features.
const HAS_EVERY_ENTRY: bool = cfg!(all(
    feature = "ed25519",
    feature = "p256",
    feature = "rfc3339",
    feature = "rsa",
    feature = "serde"
));

#[test]
fn every_vector_comes_out_as_it_says() {
    let Some(path) = env::var_os("WEBHOOK_VECTORS") else {
        writeln!(stderr(), "skipped: WEBHOOK_VECTORS is not set").unwrap();
        return;
    };
    let path = Path::new(&path);
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Vec<Value> = serde_json::from_slice(&text).unwrap();

    let (mut ran, mut accepted, mut unmatched) = (BTreeMap::new(), 0, 0);
    let mut not_shipped = BTreeMap::new();
    let mut wrong = Vec::new();
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
            Err(problem) => wrong.push(problem),
        }
    }
    let (all, count) = (vectors.len(), ran.values().sum::<usize>());
    let mut shown = stderr();
    writeln!(shown, "ran {count} of {all} vectors: {accepted} accepted, {unmatched} unmatched")
        .unwrap();
    writeln!(shown, "ran: {ran:?}").unwrap();
    writeln!(shown, "of no entry: {not_shipped:?}").unwrap();
    assert!(wrong.is_empty(), "{} came out otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= AT_LEAST || !HAS_EVERY_ENTRY, "{count} of at least {AT_LEAST} vectors ran");
}

/// A provider may have several schemes, and an entry for one of them.
#[test]
fn no_vector_of_a_shipped_provider_is_passed_over() {
    let Some(path) = env::var_os("WEBHOOK_VECTORS") else { return };
    let (Ok(text), true) = (fs::read(path), HAS_EVERY_ENTRY) else { return };
    let vectors: Vec<Value> = serde_json::from_slice(&text).unwrap();
    for vector in &vectors {
        let name = vector::name(vector);
        let passed_over = vector::entry(vector).is_none() && vector::provider(vector).is_some();
        assert!(
            !passed_over || vector::NOT_READ.iter().any(|(each, _)| *each == name),
            "{name}: its provider is an entry, so it runs, or `NOT_READ` says why not"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure_and_none_is_not() {
    let run = || {
        let mut run = Command::new(env::current_exe().unwrap());
        run.args(["--exact", "every_vector_comes_out_as_it_says"]);
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
