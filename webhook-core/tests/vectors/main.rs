//! Runs the vectors of the file that `WEBHOOK_VECTORS` names. The file states the origin of each vector:
//! published by a provider, derived from a published one, or taken from a third party.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod schemes;

use std::io::{Write as _, stderr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use webhook_core::providers::github::GitHub;
use webhook_core::providers::standard_webhooks::StandardWebhooks;
use webhook_core::{
    Bytes, Clock, Delivery, Head, Key, SchemeProvider, SecretError, SecretErrorKind, SignsTime,
    UnixTime, Verification, Verify, VerifyError, VerifyErrorKind,
};

/// How many of the vectors a `Scheme` can express. If fewer run, some are skipped by mistake.
const AT_LEAST: usize = if cfg!(feature = "rfc3339") { 121 } else { 107 };

type Made = Result<Box<dyn Verify>, SecretError>;

/// Returns `None` if a `Scheme` cannot express the signature.
fn verifier(vector: &Value) -> Option<Made> {
    let text = |key: &str| vector[key].as_str();
    let texts: Vec<&str> = match vector["secrets"].as_array() {
        Some(secrets) => secrets.iter().filter_map(Value::as_str).collect(),
        None => vec![text("secret")?],
    };
    let tolerance = vector["tolerance"].as_u64();
    Some(match text("scheme").or(text("provider"))? {
        "github" => made::<GitHub>(&texts),
        "github-sha1" => made::<schemes::GitHubSha1>(&texts),
        "custom-hmac-sha512" => made::<schemes::HubSha512>(&texts),
        "bitbucket-server" => made::<schemes::Bitbucket>(&texts),
        "notion" => made::<schemes::Notion>(&texts),
        "gitea" => made::<schemes::Gitea>(&texts),
        "gogs" => made::<schemes::Gogs>(&texts),
        "razorpay" => made::<schemes::Razorpay>(&texts),
        "coinbase-commerce" => made::<schemes::Coinbase>(&texts),
        "gocardless" => made::<schemes::GoCardless>(&texts),
        "modern-treasury" => made::<schemes::ModernTreasury>(&texts),
        "circleci" => made::<schemes::CircleCi>(&texts),
        "pagerduty" => made::<schemes::PagerDuty>(&texts),
        "shopify" => made::<schemes::Shopify>(&texts),
        "line" => made::<schemes::Line>(&texts),
        "adyen-platform" => made::<schemes::AdyenPlatform>(&texts),
        "slack" => timed::<schemes::Slack>(&texts, tolerance),
        "paddle" => timed::<schemes::Paddle>(&texts, tolerance),
        // The library of this provider has no tolerance.
        "sanity" => timed::<schemes::Sanity>(&texts, tolerance),
        "openai" if !texts.first()?.starts_with("whsec_") => {
            timed::<schemes::OpenAiText>(&texts, tolerance)
        }
        "standard-webhooks" | "svix" | "openai" | "replicate" => {
            timed::<StandardWebhooks>(&texts, tolerance)
        }
        #[cfg(feature = "rfc3339")]
        "box" => timed::<schemes::BoxNet>(&texts, tolerance),
        #[cfg(feature = "rfc3339")]
        "twitch" => timed::<schemes::Twitch>(&texts, tolerance),
        #[cfg(feature = "rfc3339")]
        "zendesk-2021" => timed::<schemes::Zendesk2021>(&texts, tolerance),
        "pusher" => made::<schemes::PusherKey>(&texts)
            .map(|key| Box::new(Pusher { id: text("key_id").unwrap().to_owned(), key }) as _),
        _ => return None,
    })
}

fn secret<P: SchemeProvider>(texts: &[&str]) -> Result<Key<P>, SecretError> {
    let (first, previous) = texts.split_first().unwrap();
    previous.iter().try_fold(Key::new(first)?, |key: Key<P>, text| {
        // Some vectors list a secret twice.
        match key.clone().or_previous(text) {
            Err(error) if error.kind() == SecretErrorKind::Repeated => Ok(key),
            both => both,
        }
    })
}

fn made<P: SchemeProvider>(texts: &[&str]) -> Made {
    Ok(Box::new(secret::<P>(texts)?))
}

fn timed<P: SignsTime>(texts: &[&str], tolerance: Option<u64>) -> Made {
    let secret = secret::<P>(texts)?;
    Ok(match tolerance {
        Some(secs) => Box::new(secret.with_tolerance(Duration::from_secs(secs))),
        None => Box::new(secret),
    })
}

/// A header contains the name of the key, which is compared before the signature. A scheme cannot express
/// that.
struct Pusher {
    id: String,
    key: Box<dyn Verify>,
}

impl Verify for Pusher {
    fn provider(&self) -> &'static str {
        self.key.provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        if head.header("x-pusher-key") != Ok(Some(self.id.as_bytes())) {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        self.key.begin(head, clock)
    }
}

fn run(verifier: &dyn Verify, vector: &Value) -> Result<Delivery, VerifyErrorKind> {
    let headers = vector["headers"].as_object().unwrap();
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let body: Bytes = match vector["body_base64"].as_str() {
        Some(text) => STANDARD.decode(text).unwrap().into(),
        None => vector["body"].as_str().unwrap().to_owned().into(),
    };
    // If no time is signed, the current time does not matter.
    let now = UnixTime::from_secs(vector["now"].as_u64().unwrap_or_default());
    let head = Head::new(vector["method"].as_str().unwrap(), "/", &headers);
    verifier.verify(&head, &body, now).map_err(|error| error.kind())
}

/// The acceptable outcomes in terms of this crate.
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
        other => unimplemented!("{other}"),
    }
}

#[test]
fn every_vector_has_the_expected_outcome() {
    let Some(path) = env::var_os("WEBHOOK_VECTORS") else {
        writeln!(stderr(), "skipped: WEBHOOK_VECTORS is not set").unwrap();
        return;
    };
    let path = Path::new(&path);
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Vec<Value> = serde_json::from_slice(&text).unwrap();

    let (mut ran, mut accepted, mut unmatched) = (0, 0, 0);
    for vector in &vectors {
        let Some(made) = verifier(vector) else { continue };
        let named = format!("{}: {}", vector["provider"], vector["name"]);
        ran += 1;
        if vector["expect"] == "invalid_secret" {
            assert!(made.is_err_and(|error| error.kind() == SecretErrorKind::Empty));
            continue;
        }
        let outcome = run(&*made.unwrap(), vector).err();
        assert!(expected(vector).contains(&outcome), "{named}: {outcome:?}");
        accepted += usize::from(outcome.is_none());
        unmatched += usize::from(outcome == Some(VerifyErrorKind::InvalidSignature));
    }
    let all = vectors.len();
    writeln!(stderr(), "ran {ran} of {all} vectors: {accepted} accepted, {unmatched} unmatched")
        .unwrap();
    assert!(ran >= AT_LEAST, "{ran} of at least {AT_LEAST} vectors ran");
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
