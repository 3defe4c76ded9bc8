//! The program over the vectors of the file that `WEBHOOK_VECTORS` names, which webhook-core's test of the same name
//! describes.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use webhook_core::providers;

use crate::program::{Files, Ran, command, finish};

/// How many vectors run at least.
const AT_LEAST: usize = 190;

/// Names in the file that differ from the names of entries.
const ALIASES: &[(&str, &str)] =
    &[("box", "box_com"), ("cloudinary_sha256", "cloudinary"), ("hubspot_v3", "hubspot")];

#[test]
fn verify_and_explain_agree_with_every_vector() {
    let Some(path) = env::var_os("WEBHOOK_VECTORS") else {
        println!("skipped: WEBHOOK_VECTORS is not set");
        return;
    };
    let path = Path::new(&path);
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let (next, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(vector) = vectors.get(next.fetch_add(1, Ordering::Relaxed)) {
                    ran.fetch_add(usize::from(check(vector)), Ordering::Relaxed);
                }
            });
        }
    });
    let ran = ran.into_inner();
    assert!(ran >= AT_LEAST, "{ran} of at least {AT_LEAST} ran");
}

/// Returns whether there is an entry that reads it.
fn check(vector: &Value) -> bool {
    let name = vector["scheme"].as_str().or(vector["provider"].as_str()).unwrap().replace('-', "_");
    let alias = ALIASES.iter().find(|(each, _)| *each == name).map(|(_, entry)| *entry);
    let Some(entry) = providers::find(alias.unwrap_or(&name)) else { return false };
    let named = format!("{}: {}", vector["provider"], vector["name"]);
    let files = Files::new();

    let mut secrets = secrets(vector);
    let mut verified = finish(arguments("verify", entry.name(), vector, &secrets, &files));
    // Some providers verify with a key id and a secret, others with the secret alone.
    if let (2, Some(id)) = (verified.status, vector["key_id"].as_str()) {
        secrets = vec![format!("{id}:{}", vector["secret"].as_str().unwrap())];
        verified = finish(arguments("verify", entry.name(), vector, &secrets, &files));
    }
    secrets.iter().filter(|secret| secret.len() > 8).for_each(|secret| verified.shows_no(secret));

    let expect = vector["expect"].as_str().unwrap();
    match verified.status {
        // An empty text is no key, so nothing verifies with it.
        2 => {
            let is_empty = verified.stderr.contains("is empty") && expect != "ok";
            assert!(is_empty || expect == "invalid_secret", "{named}: {}", verified.stderr);
        }
        0 => assert!(["ok", "ok_or_bad_signature"].contains(&expect), "{named}: verified"),
        _ => {
            let reason = verified.one()["reason"].as_str().unwrap().to_owned();
            assert!(reasons(vector, expect).contains(&&*reason), "{named}: {reason}");
        }
    }
    let explained = finish(arguments("explain", entry.name(), vector, &secrets, &files));
    check_explained(&named, &verified, &explained);
    true
}

fn check_explained(named: &str, verified: &Ran, explained: &Ran) {
    let first = &explained.json()[0];
    let is_verified = verified.status == 0;
    assert_eq!(first["verified"], is_verified, "{named}: {}{}", explained.stdout, explained.stderr);
    assert_eq!(explained.status, i32::from(!is_verified), "{named}");
    assert_eq!(first["cause"].is_null(), first["fix"].is_null(), "{named}");
}

fn secrets(vector: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut secrets: Vec<_> = match vector["secrets"].as_array() {
        Some(secrets) => secrets.iter().map(text).collect(),
        None => vec![text(&vector["secret"])],
    };
    // Some vectors list a secret twice.
    secrets.dedup();
    secrets
}

fn arguments(
    verb: &str,
    entry: &str,
    vector: &Value,
    secrets: &[String],
    files: &Files,
) -> Command {
    let body = match vector["body_base64"].as_str() {
        Some(text) => STANDARD.decode(text).unwrap(),
        None => vector["body"].as_str().unwrap().as_bytes().to_vec(),
    };
    let body = files.write("body", body);
    let mut command = command([verb, entry, "--json", "--body", &body]);
    for (index, secret) in secrets.iter().enumerate() {
        let variable = format!("SECRET_{index}");
        command.args(["--secret-env", &variable]).env(variable, secret);
    }
    for (name, value) in vector["headers"].as_object().unwrap() {
        command.arg("-H").arg(format!("{name}: {}", value.as_str().unwrap()));
    }
    // If no time is signed, the current time does not matter.
    let now = vector["now"].as_u64().unwrap_or_default().to_string();
    command.args(["--at", &now, "--method", vector["method"].as_str().unwrap()]);
    if let Some(url) = vector["url"].as_str() {
        command.args(["--url", url]);
    }
    if let Some(tolerance) = vector["tolerance"].as_u64() {
        command.args(["--tolerance", &tolerance.to_string()]);
    }
    command
}

/// The acceptable refusals.
fn reasons(vector: &Value, expect: &str) -> &'static [&'static str] {
    const SIGNATURE: &[&str] = &["invalid_signature", "malformed_signature"];
    let headers = vector["headers"].as_object().unwrap();
    let find = |part| headers.iter().find(|(name, _)| name.to_lowercase().contains(part));
    match expect {
        "bad_signature" | "ok_or_bad_signature" => SIGNATURE,
        "stale_timestamp" => &["timestamp_outside_tolerance"],
        "no_matching_scheme" => &["malformed_signature"],
        "missing_header" if find("signature").is_none() => &["missing_signature"],
        "missing_header" if find("timestamp").is_none() => &["invalid_timestamp"],
        "missing_header" => &["invalid_delivery_id"],
        "malformed_header" => match find("timestamp") {
            Some((_, time)) if time.as_str().unwrap().parse::<u64>().is_err() => {
                &["invalid_timestamp"]
            }
            _ => &["malformed_signature"],
        },
        _ => &[],
    }
}
