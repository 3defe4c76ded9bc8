//! Which endpoint a request is for, and what verifies it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::http::request::Parts;
use webhook_tower::axum::extract;
use webhook_tower::custom::SecretText;
use webhook_tower::providers::{self, Credentials};
use webhook_tower::secrets::{Endpoint, Endpoints, Lookup};
use webhook_tower::{SecretError, Verify};

use crate::database::Database;

/// The providers that tenants may use. Add any of `webhook_tower::providers`.
const PROVIDERS: [&str; 4] = ["svara", "samva", "voisnap", "voxpria"];

/// A change of a secret is used after this time at the latest. The process that made the change uses it at once.
const TIME_TO_LIVE: Duration = Duration::from_secs(60);
/// While the database is away, for how long secrets are used that were loaded before.
const SERVE_STALE: Duration = Duration::from_secs(60 * 60);

#[derive(Clone)]
pub struct Tenants {
    endpoints: Endpoints,
    /// One for each provider.
    unknown: Arc<[(&'static str, Endpoint)]>,
}

impl Tenants {
    pub fn new(database: Database) -> Result<Self, SecretError> {
        let load = move |id: Arc<str>| {
            let database = database.clone();
            async move { load(&database, &id).await }
        };
        let mut unknown = Vec::new();
        for provider in PROVIDERS {
            // Any secret does: nothing is accepted with it.
            let verify = verifier(provider, &["of-nobody".to_owned()])?;
            unknown.extend(verify.map(|verify| (provider, Endpoint::unknown(verify))));
        }
        let endpoints = Endpoints::new(load)
            .time_to_live(TIME_TO_LIVE)
            // As long as known ones, or a slower answer would tell them apart.
            .unknown(10_000, TIME_TO_LIVE)
            .serve_stale(SERVE_STALE);
        Ok(Self { endpoints, unknown: unknown.into() })
    }

    /// Looks up the endpoint of a request to `/webhooks/{tenant}/{provider}`.
    pub fn look_up(&self, parts: &Parts) -> Lookup {
        let Some(Path((tenant, provider))) = extract::<Path<(String, String)>>(parts) else {
            return Lookup::Ready(None);
        };
        let Some((provider, unknown)) = self.unknown.iter().find(|(name, _)| *name == provider)
        else {
            return Lookup::Ready(None);
        };
        if !is_tenant(&tenant) {
            return unknown.clone().into();
        }
        self.endpoints.lookup(&id(&tenant, provider)).or(unknown)
    }

    /// After a change in the database.
    pub fn changed(&self, tenant: &str, provider: &str) {
        self.endpoints.invalidate(&id(tenant, provider));
    }
}

async fn load(
    database: &Database,
    id: &str,
) -> Result<Option<Box<dyn Verify>>, Box<dyn std::error::Error + Send + Sync>> {
    let Some((tenant, provider)) = id.split_once('/') else { return Ok(None) };
    let secrets = database.secrets(tenant, provider).await?;
    Ok(verifier(provider, &secrets)?)
}

/// What verifies requests with these secrets, the current one first. `None` without a secret, or for another provider.
pub fn verifier(
    provider: &str,
    secrets: &[String],
) -> Result<Option<Box<dyn Verify>>, SecretError> {
    let entry = providers::find(provider).filter(|_| PROVIDERS.contains(&provider));
    let (Some(entry), Some((current, previous))) = (entry, secrets.split_first()) else {
        return Ok(None);
    };
    let mut credentials = Credentials::new(SecretText::new(current)?);
    for secret in previous {
        credentials = credentials.or_previous(SecretText::new(secret)?);
    }
    entry.verifier(&credentials).map(Some)
}

/// The name of an endpoint, in claims and logs too.
fn id(tenant: &str, provider: &str) -> String {
    format!("{tenant}/{provider}")
}

/// Short, lower case, and without `/`.
pub fn is_tenant(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}
