use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use webhook_core::explain::{Credential, Explainer};
use webhook_core::providers::{Credentials, Entry};
use webhook_core::{PublicUrl, SecretText};

use super::{SecretArgs, keys};
use crate::failure::Failure;
use crate::output::Output;

/// What a request is verified with.
#[derive(Args)]
#[command(next_help_heading = "Verification")]
pub(crate) struct VerifyingArgs {
    /// A file with the public keys that the provider publishes: PEM, a JWK, or a set of them
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// The public URL of the endpoint, as the provider knows it
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// How many seconds the signed time may be off, instead of the provider's default
    #[arg(long, value_name = "SECONDS")]
    tolerance: Option<u64>,
    #[command(flatten)]
    secrets: SecretArgs,
}

impl VerifyingArgs {
    pub(crate) fn read(&self, output: Output) -> Result<Credentials, Failure> {
        self.credentials(self.secrets.read(output)?)
    }

    fn credentials(&self, secrets: Vec<SecretText>) -> Result<Credentials, Failure> {
        let mut credentials = all(secrets)?;
        if let Some(path) = &self.keys {
            credentials = credentials.with_keys(keys::keys(path)?);
        }
        if let Some(url) = &self.url {
            credentials = credentials.for_url(public_url(url)?);
        }
        Ok(match self.tolerance {
            Some(secs) => credentials.with_tolerance(Duration::from_secs(secs)),
            None => credentials,
        })
    }
}

impl VerifyingArgs {
    /// Reads what verifies, and explains with the same. Returns the secrets, too, which must not be shown.
    pub(crate) fn read_with_explainer(
        &self,
        entry: &'static Entry,
        output: Output,
    ) -> Result<(Credentials, Explainer<'static>, Vec<SecretText>), Failure> {
        let secrets = self.secrets.read(output)?;
        let labelled = secrets.iter().enumerate().map(|(index, secret)| {
            let label = if index == 0 {
                "the secret".to_owned()
            } else {
                format!("secret {}", index.saturating_add(1))
            };
            Credential::new(label, secret.as_str())
        });
        let explainer = self.explainer_of(entry, labelled.collect())?;
        Ok((self.credentials(secrets.clone())?, explainer, secrets))
    }

    /// Explains with the same, and with secrets as they are.
    pub(crate) fn explainer(
        &self,
        entry: &'static Entry,
        output: Output,
    ) -> Result<Explainer<'static>, Failure> {
        self.explainer_of(entry, self.secrets.read_raw(output)?)
    }

    fn explainer_of(
        &self,
        entry: &'static Entry,
        credentials: Vec<Credential>,
    ) -> Result<Explainer<'static>, Failure> {
        let credentials = credentials.into_iter();
        let mut explainer = credentials.fold(Explainer::new(entry), Explainer::credential);
        if let Some(path) = &self.keys {
            explainer = explainer.keys(keys::keys(path)?);
        }
        if let Some(url) = &self.url {
            explainer = explainer.public_url(public_url(url)?);
        }
        Ok(match self.tolerance {
            Some(secs) => explainer.tolerance(Duration::from_secs(secs)),
            None => explainer,
        })
    }
}

/// What a request is signed with.
#[derive(Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SigningArgs {
    /// The public URL of the endpoint, for providers that sign it
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    secrets: SecretArgs,
}

impl SigningArgs {
    /// Whether a secret is given.
    pub(crate) fn is_given(&self) -> bool {
        self.secrets.is_given()
    }

    /// Reads the secret; for providers whose users hold a public key, the private key that belongs to it.
    pub(crate) fn read(&self, output: Output) -> Result<SecretText, Failure> {
        let [secret] = <[SecretText; 1]>::try_from(self.secrets.read(output)?)
            .map_err(|_| Failure::set_up("one secret signs: more than one is given"))?;
        Ok(secret)
    }
}

/// Makes credentials that sign.
pub(crate) fn signing(
    entry: &Entry,
    secret: SecretText,
    url: Option<&str>,
) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::new(secret.clone());
    if entry.has_public_key() {
        credentials = credentials.with_signing_key(secret);
    }
    Ok(match url {
        Some(url) => credentials.for_url(public_url(url)?),
        None => credentials,
    })
}

fn all(secrets: Vec<SecretText>) -> Result<Credentials, Failure> {
    let mut secrets = secrets.into_iter();
    let first = secrets.next().ok_or_else(|| Failure::set_up("no secret"))?;
    Ok(secrets.fold(Credentials::new(first), Credentials::or_previous))
}

pub(crate) fn public_url(url: &str) -> Result<PublicUrl, Failure> {
    Ok(PublicUrl::new(url).map_err(|error| error.named("--url"))?)
}
