//! One vector: whose it is, how it is run, and what has to come of it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use webhook_core::providers::{Credentials, Entry};
use webhook_core::{
    Bytes, Head, PublicUrl, SecretErrorKind, SecretText, UnixTime, VerifyErrorKind, providers,
};

/// Names in the file whose entries are called otherwise. `box` cannot be a module.
const ALIASES: &[(&str, &str)] = &[
    ("box", "box_com"),
    ("adyen_platform", "adyen"),
    ("cloudinary_sha256", "cloudinary"),
    ("gitlab_token", "gitlab"),
    ("hubspot_v3", "hubspot"),
    ("plivo_v2", "plivo"),
];

/// Other schemes of providers that are entries, which no entry reads, and why.
pub(crate) const NOT_READ: &[(&str, &str)] = &[
    ("github_sha1", "GitHub sends the SHA-256 header beside it"),
    ("hubspot_v1", "v3 has replaced it, which signs the time"),
    ("hubspot_v2", "v3 has replaced it, which signs the time"),
    ("zendesk_2021", "today's documentation has the time before the body"),
    ("adyen_standard", "the signature is inside the body, over eight of its fields"),
    ("standard_webhooks_ed25519", "an entry of its own, which is to come"),
];

/// The name under which an entry is looked for.
pub(crate) fn name(vector: &Value) -> String {
    let name = vector["scheme"].as_str().or(vector["provider"].as_str()).unwrap();
    name.replace('-', "_")
}

pub(crate) fn entry(vector: &Value) -> Option<&'static Entry> {
    find(&name(vector))
}

/// The entry of the vector's provider, whatever its scheme is.
pub(crate) fn provider(vector: &Value) -> Option<&'static Entry> {
    find(&vector["provider"].as_str()?.replace('-', "_"))
}

fn find(name: &str) -> Option<&'static Entry> {
    let alias = || ALIASES.iter().find(|(each, _)| *each == name).map(|(_, entry)| *entry);
    providers::find(name).or_else(|| providers::find(alias()?))
}

/// Runs it. A description of what is wrong if it came out otherwise than it says.
pub(crate) fn run(entry: &Entry, vector: &Value) -> Result<Option<VerifyErrorKind>, String> {
    let named = format!("{}: {}", vector["provider"], vector["name"]);
    let verifier = credentials(vector)
        .and_then(|credentials| entry.verifier(&credentials).map_err(|error| error.kind()));
    let verifier = match verifier {
        Ok(verifier) => verifier,
        // No key can be made of an empty text, so nothing verifies under it.
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
    // Without a time, time does not matter.
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

/// The path and query of an absolute URL, as far as it has them.
fn target(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |scheme| scheme + 3);
    let rest = &url[authority..];
    &rest[rest.find(['/', '?']).unwrap_or(rest.len())..]
}

/// An id of the key stands in front of the secret, where there is one.
fn credentials(vector: &Value) -> Result<Credentials, SecretErrorKind> {
    let texts: Vec<String> = match (vector["key_id"].as_str(), vector["secrets"].as_array()) {
        (Some(id), _) => vec![format!("{id}:{}", vector["secret"].as_str().unwrap())],
        (None, Some(secrets)) => {
            secrets.iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        }
        (None, None) => vec![vector["secret"].as_str().unwrap().to_owned()],
    };
    let mut credentials: Option<Credentials> = None;
    for (index, text) in texts.iter().enumerate() {
        // Some vectors try one secret twice.
        if texts.iter().take(index).any(|earlier| earlier == text) {
            continue;
        }
        let text = SecretText::new(text).map_err(|error| error.kind())?;
        credentials = Some(match credentials {
            Some(credentials) => credentials.or_previous(text),
            None => Credentials::new(text),
        });
    }
    let mut credentials = credentials.unwrap();
    if let Some(url) = vector["url"].as_str() {
        credentials = credentials.for_url(PublicUrl::new(url).unwrap());
    }
    if let Some(secs) = vector["tolerance"].as_u64() {
        credentials = credentials.with_tolerance(Duration::from_secs(secs));
    }
    Ok(credentials)
}

/// What the outcome must be, in this crate's terms: one of these.
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
        // Found when the verifier is made.
        "invalid_secret" => &[],
        other => unimplemented!("{other}"),
    }
}
