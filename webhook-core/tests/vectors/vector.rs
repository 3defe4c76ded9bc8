//! One vector: its entry, its credentials, and its expected outcome.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use webhook_core::providers::{Credentials, Entry};
use webhook_core::{
    Bytes, Head, PublicUrl, SecretErrorKind, SecretText, UnixTime, VerifyErrorKind, providers,
};

/// Names in the file that differ from the names of entries. `box` is a keyword, so it cannot name a module.
const ALIASES: &[(&str, &str)] =
    &[("box", "box_com"), ("cloudinary_sha256", "cloudinary"), ("hubspot_v3", "hubspot")];

/// Returns the name that an entry is looked up by.
pub(crate) fn name(vector: &Value) -> String {
    let name = vector["scheme"].as_str().or(vector["provider"].as_str()).unwrap();
    name.replace('-', "_")
}

/// Returns the entry that verifies the vector, if there is one.
pub(crate) fn entry(vector: &Value) -> Option<&'static Entry> {
    find(&name(vector))
}

/// Returns the entry of the vector's provider, whatever its scheme is.
pub(crate) fn provider(vector: &Value) -> Option<&'static Entry> {
    find(&vector["provider"].as_str()?.replace('-', "_"))
}

fn find(name: &str) -> Option<&'static Entry> {
    let alias = || ALIASES.iter().find(|(each, _)| *each == name).map(|(_, entry)| *entry);
    providers::find(name).or_else(|| providers::find(alias()?))
}

/// Runs the vector. Returns the refusal if there was one, or a description if the outcome is not the expected
/// one.
pub(crate) fn run(entry: &Entry, vector: &Value) -> Result<Option<VerifyErrorKind>, String> {
    let named = format!("{}: {}", vector["provider"], vector["name"]);
    let verifier = |with_key_id| {
        let credentials = credentials(vector, with_key_id)?;
        entry.verifier(&credentials).map_err(|error| error.kind())
    };
    // Some providers verify with a key id and a secret, others with the secret alone.
    let verifier = verifier(false).or_else(|kind| {
        let has_key_id = vector["key_id"].is_string();
        if has_key_id { verifier(true) } else { Err(kind) }
    });
    let verifier = match verifier {
        Ok(verifier) => verifier,
        // An empty text is no key, so nothing verifies with it.
        Err(SecretErrorKind::Empty) if vector["expect"] != "ok" => {
            return Ok(Some(VerifyErrorKind::InvalidSignature));
        }
        Err(kind) => return Err(format!("{named}: {kind:?}")),
    };
    let headers = vector["headers"].as_object().unwrap();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let body: Bytes = match vector["body_base64"].as_str() {
        Some(text) => STANDARD.decode(text).unwrap().into(),
        None => vector["body"].as_str().unwrap().to_owned().into(),
    };
    // If no time is signed, the current time does not matter.
    let now = UnixTime::from_secs(vector["now"].as_u64().unwrap_or_default());
    let target = vector["url"].as_str().map_or("/", target);
    let head = Head::new(vector["method"].as_str().unwrap(), target, &headers);
    let outcome = verifier.verify(&head, &body, now).err().map(|error| error.kind());
    let expected = expected(vector);
    if expected.contains(&outcome) {
        Ok(outcome)
    } else {
        Err(format!("{named}: {outcome:?} instead of {expected:?}"))
    }
}

/// Returns the path and query of an absolute URL, as far as it has them.
fn target(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).map_or("", |start| rest.split_at(start).1)
}

fn credentials(vector: &Value, with_key_id: bool) -> Result<Credentials, SecretErrorKind> {
    let secret = vector["secret"].as_str().unwrap();
    let mut texts: Vec<String> = match vector["secrets"].as_array() {
        _ if with_key_id => vec![format!("{}:{secret}", vector["key_id"].as_str().unwrap())],
        Some(secrets) => secrets.iter().map(|text| text.as_str().unwrap().to_owned()).collect(),
        None => vec![secret.to_owned()],
    };
    // Some vectors list a secret twice.
    texts.dedup();
    let mut texts = texts.iter().map(SecretText::new);
    let first = texts.next().unwrap().map_err(|error| error.kind())?;
    let mut credentials = texts.try_fold(Credentials::new(first), |credentials, text| {
        Ok(credentials.or_previous(text.map_err(|error| error.kind())?))
    })?;
    if let Some(url) = vector["url"].as_str() {
        credentials = credentials.for_url(PublicUrl::new(url).unwrap());
    }
    if let Some(secs) = vector["tolerance"].as_u64() {
        credentials = credentials.with_tolerance(Duration::from_secs(secs));
    }
    Ok(credentials)
}

/// Returns the acceptable outcomes in terms of this crate.
fn expected(vector: &Value) -> &'static [Option<VerifyErrorKind>] {
    use VerifyErrorKind::*;

    let headers = vector["headers"].as_object().unwrap();
    let find = |part| headers.iter().find(|(name, _)| name.to_lowercase().contains(part));
    match vector["expect"].as_str().unwrap() {
        "ok" => &[None],
        "bad_signature" => &[Some(InvalidSignature), Some(MalformedSignature)],
        "ok_or_bad_signature" => &[None, Some(InvalidSignature), Some(MalformedSignature)],
        "stale_timestamp" => &[Some(TimestampOutsideTolerance)],
        "no_matching_scheme" => &[Some(MalformedSignature)],
        "missing_header" if find("signature").is_none() => &[Some(MissingSignature)],
        "missing_header" if find("timestamp").is_none() => &[Some(InvalidTimestamp)],
        "missing_header" => &[Some(InvalidDeliveryId)],
        "malformed_header" => match find("timestamp") {
            Some((_, time)) if time.as_str().unwrap().parse::<u64>().is_err() => {
                &[Some(InvalidTimestamp)]
            }
            _ => &[Some(MalformedSignature)],
        },
        // The verifier cannot be made.
        "invalid_secret" => &[],
        other => unimplemented!("{other}"),
    }
}
