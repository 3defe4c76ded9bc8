//! Endpoints, registered with the providers that document an API for it: one file each.

mod api;
mod call;
mod endpoint;
mod new_secret;
mod samva;
mod voxpria;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use reqwest::Url;

use self::api::{Api, Wanted};
use self::new_secret::NewSecret;
use super::Outcome;
use crate::args::ApiKeyArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::samples;

const APIS: [Api; 2] = [samva::API, voxpria::API];

const EXAMPLES: &str = "\
Examples:
  webhook endpoints create samva --api-key-env SAMVA_API_KEY --url https://example.com/webhooks/samva --event message.failed
  webhook endpoints create voxpria --api-key-file key.txt --url https://example.com/webhooks/voxpria --event call.completed --secret-out secret.txt
  webhook endpoints list voxpria --api-key-env VOXPRIA_API_KEY --json";

/// Register an endpoint with Samva or VoxPria, or list those of VoxPria
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EndpointsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Register an endpoint
    #[command(after_help = EXAMPLES)]
    Create(CreateArgs),
    /// List the endpoints that are registered
    #[command(after_help = EXAMPLES)]
    List(ApiArgs),
}

#[derive(Args)]
struct ApiArgs {
    /// The provider
    #[arg(value_parser = api())]
    provider: Api,
    #[command(flatten)]
    key: ApiKeyArgs,
    /// Another server than the provider's, for tests
    #[arg(long, value_name = "URL")]
    base_url: Option<Url>,
}

#[derive(Args)]
struct CreateArgs {
    #[command(flatten)]
    api: ApiArgs,
    /// The public URL of the endpoint, https
    #[arg(long)]
    url: Url,
    /// An event to receive. May repeat
    #[arg(long, value_name = "NAME", required = true, value_delimiter = ',')]
    event: Vec<String>,
    /// What the endpoint is called, where the provider has names
    #[arg(long)]
    name: Option<String>,
    /// A new file for the secret that the provider makes up, readable by you only
    #[arg(long, value_name = "FILE")]
    secret_out: Option<PathBuf>,
}

fn api() -> impl TypedValueParser<Value = Api> {
    let names = PossibleValuesParser::new(APIS.map(|api| api.provider));
    names.try_map(|name| APIS.into_iter().find(|api| api.provider == name).ok_or("no such API"))
}

impl EndpointsArgs {
    pub(super) async fn run(self, output: Output) -> Outcome {
        match self.action {
            Action::Create(args) => args.run(output).await,
            Action::List(args) => args.list(output).await,
        }
    }
}

impl CreateArgs {
    async fn run(self, output: Output) -> Outcome {
        let api = &self.api.provider;
        if self.url.scheme() != "https" {
            return Err(Failure::set_up(format!("{} calls https URLs only", api.title)));
        }
        let documented = samples::names(api.provider);
        for event in self.event.iter().filter(|event| !documented.contains(&event.as_str())) {
            output.warn(format!("{} documents no event named {event:?}", api.title));
        }
        let file = match (&self.secret_out, api.makes_secret) {
            (Some(path), true) => Some(path),
            (None, false) => None,
            (None, true) => {
                return Err(Failure::set_up(format!(
                    "{} makes up the secret: say with --secret-out which file it is written to",
                    api.title
                )));
            }
            (Some(_), false) => {
                return Err(Failure::set_up(format!("{} makes up no secret", api.title)));
            }
        };
        let wanted =
            Wanted { name: self.name.as_deref(), url: self.url.as_str(), events: &self.event };
        let key = self.api.key.read(output)?;
        // Before the provider is asked: a secret that cannot be kept would be lost.
        let file = file.map(NewSecret::create).transpose()?;
        let call = self.api.call(&key)?;
        let mut endpoint = call.create(&wanted).await?;
        if let Some(file) = file {
            let secret = endpoint.secret.take().ok_or_else(|| {
                Failure::rejected(
                    "the answer has no secret: look for it where the endpoint is shown",
                )
            })?;
            endpoint.secret_file = Some(file.write(&secret)?);
        }
        output.print(&endpoint)?;
        Ok(true)
    }
}

impl ApiArgs {
    async fn list(self, output: Output) -> Outcome {
        if !self.provider.lists {
            let title = self.provider.title;
            return Err(Failure::set_up(format!("{title} documents no way to list endpoints")));
        }
        let key = self.key.read(output)?;
        for endpoint in self.call(&key)?.list().await? {
            output.print(&endpoint)?;
        }
        Ok(true)
    }

    fn call<'a>(&'a self, key: &'a webhook_core::SecretText) -> Result<call::Call<'a>, Failure> {
        call::Call::new(&self.provider, key, self.base_url.as_ref())
    }
}
