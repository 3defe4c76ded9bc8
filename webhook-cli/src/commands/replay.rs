use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use reqwest::Url;
use sqlx::sqlite::SqliteConnectOptions;
use webhook_core::providers::{self, Entry};
use webhook_inbox::store::{Filter, Number, Store};
use webhook_inbox::{Sqlite, StoreError};

use super::Outcome;
use super::listen::STORE;
use crate::args::{EventFilter, Header, SigningArgs, event_filter, now, provider, read_input};
use crate::failure::Failure;
use crate::http::one_line;
use crate::output::Output;
use crate::request::{self, Captured};
use crate::send::{Client, Resent, Signer, Unsigned, fresh_id, target};

const EXAMPLES: &str = "\
Examples:
  webhook replay 12 --to http://127.0.0.1:3000/webhooks/svara
  webhook replay captured.http --to http://127.0.0.1:3000/webhooks/svara
  webhook replay 12 --resign --secret-env SVARA_SECRET --to http://127.0.0.1:3000/webhooks/svara
  webhook replay --filter event=note. --to http://127.0.0.1:3000/webhooks/svara

Sent as it was received, a request is soon too old for its signed time: --resign signs it anew.";

/// Send requests again that were kept or captured
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReplayArgs {
    /// The number under which `webhook listen` has kept a request, or a file with one: raw HTTP/1.1, a HAR entry, or a CloudEvent's JSON
    #[arg(value_name = "ID|FILE", required_unless_present = "filter", conflicts_with = "filter")]
    what: Vec<String>,
    /// Send all authentic deliveries in the store whose event begins with this, the oldest first
    #[arg(long, value_name = "event=NAME", value_parser = event_filter)]
    filter: Option<EventFilter>,
    /// The URL of the receiver
    #[arg(long, value_name = "URL")]
    to: Url,
    /// The file in which `webhook listen` has kept requests
    #[arg(long, value_name = "FILE", default_value = STORE)]
    store: PathBuf,
    /// Sign anew, with the present time and the same id
    #[arg(long)]
    resign: bool,
    /// Whose requests are meant: those of others are left out. For --resign, whose request a file holds
    #[arg(long, value_parser = provider(), hide_possible_values = true)]
    provider: Option<&'static Entry>,
    /// How many seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    deadline: u64,
    #[command(flatten)]
    signing: SigningArgs,
}

/// A request that is to be sent.
struct Found {
    /// As it was asked for.
    name: String,
    provider: Option<String>,
    is_authentic: bool,
    request: Captured,
}

impl ReplayArgs {
    pub(super) async fn run(self, output: Output) -> Outcome {
        if self.signing.is_given() && !self.resign {
            return Err(Failure::set_up("a secret is for --resign, which is not given"));
        }
        let secret = self.resign.then(|| self.signing.read(output)).transpose()?;
        let deadline = Duration::from_secs(self.deadline);
        let client = Client::new(self.to.clone(), deadline, secret.clone().into_iter().collect())?;
        let (mut is_accepted, mut is_answered) = (true, true);
        let all: Vec<String> = match &self.filter {
            Some(filter) => {
                let numbers = matching(&opened(&self.store)?, filter, output).await?;
                numbers.iter().map(Number::to_string).collect()
            }
            None => self.what.clone(),
        };
        if all.is_empty() {
            output.warn("no kept delivery matches");
        }
        for what in all {
            let found = match self.find(&what).await {
                Ok(found) => found,
                // It must not keep the others back.
                Err(Failure::SetUp(message)) if self.filter.is_some() => {
                    output.warn(message);
                    is_accepted = false;
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            let is_wanted = match (self.provider, &found.provider) {
                (Some(wanted), Some(provider)) => wanted.name() == provider,
                _ => true,
            };
            if self.filter.is_some() && !(found.is_authentic && is_wanted) {
                continue;
            }
            if !is_wanted {
                return Err(Failure::set_up(format!("{} is not of that provider", found.name)));
            }
            if self.resign && !found.is_authentic && found.provider.is_some() {
                output.warn(format!(
                    "{} was not authentic: anybody may have sent it. Signed anew, it is accepted",
                    found.name
                ));
            }
            for doubt in &found.request.doubts {
                output.warn(doubt);
            }
            let mut request = found.request;
            if let Some(secret) = &secret {
                let entry = self.entry(found.provider.as_deref())?;
                let url = self.signing.url.as_deref().unwrap_or(self.to.as_str());
                let signer = Signer::new(entry, secret.clone(), Some(url))?;
                resign(&mut request, &signer, &self.to)?;
            }
            let resent = Resent::send(&client, request, "replayed", found.name).await;
            is_accepted &= resent.is_accepted();
            is_answered &= resent.is_answered();
            output.print(&resent)?;
        }
        if is_answered { Ok(is_accepted) } else { Err(Failure::set_up("no answer")) }
    }

    async fn find(&self, what: &str) -> Result<Found, Failure> {
        let Ok(number) = what.trim_start_matches('#').parse::<Number>() else {
            let request = request::read(&read_input(Path::new(what))?, None)
                .map_err(|error| Failure::set_up(format!("{what}: {error}")))?;
            return Ok(Found {
                name: what.to_owned(),
                provider: None,
                is_authentic: false,
                request,
            });
        };
        let detail =
            opened(&self.store)?.detail(number).await.map_err(|error| unreadable(&error))?;
        let detail = detail.ok_or_else(|| {
            Failure::set_up(format!("{} has no request {number}", self.store.display()))
        })?;
        let request = request::of_detail(&detail)
            .map_err(|error| Failure::set_up(format!("#{number}: {error}")))?;
        let is_authentic = detail.event.is_verified();
        let name = format!("#{number} {} {}", detail.row.provider, one_line(&detail.row.event));
        Ok(Found { name, provider: Some(detail.row.provider), is_authentic, request })
    }

    fn entry(&self, recorded: Option<&str>) -> Result<&'static Entry, Failure> {
        let entry = self.provider.or_else(|| providers::find(recorded?));
        entry.ok_or_else(|| Failure::set_up("whose request is it? Give --provider NAME"))
    }
}

/// The store, which must be there and is not written to.
fn opened(path: &Path) -> Result<Sqlite, Failure> {
    if !path.is_file() {
        let path = path.display();
        return Err(Failure::set_up(format!("{path}: there is no such file: give --store")));
    }
    Ok(Sqlite::with_options(SqliteConnectOptions::new().filename(path).read_only(true)))
}

fn unreadable(error: &StoreError) -> Failure {
    Failure::set_up(format!("not a store of `webhook listen`: {error:?}"))
}

/// The numbers of what is listed under such an event, the oldest first.
async fn matching(
    store: &Sqlite,
    filter: &EventFilter,
    output: Output,
) -> Result<Vec<Number>, Failure> {
    let mut numbers = Vec::new();
    let mut listed = Filter::default();
    listed.event = Some(filter.0.clone());
    loop {
        let page = store.list(&listed).await.map_err(|error| unreadable(&error))?;
        numbers.extend(page.rows.iter().map(|row| row.number));
        if page.is_partial && listed.before.is_none() {
            output.warn(format!(
                "more than {} kinds of events begin so: those of the others are left out. Write more of the name",
                Filter::KINDS
            ));
        }
        listed.before = page.next;
        if page.next.is_none() {
            numbers.reverse();
            return Ok(numbers);
        }
    }
}

/// Replaces the signature's headers, and keeps the id that was sent.
fn resign(request: &mut Captured, signer: &Signer, to: &Url) -> Result<(), Failure> {
    let target = target(to);
    let sign = |headers: &[Header], id: &str| {
        let unsigned =
            Unsigned { method: &request.method, target: &target, headers, body: &request.body };
        signer.sign(&unsigned, id, now())
    };
    let probe = fresh_id();
    let added = sign(&[], &probe)?;
    let value = |name: &str| {
        let named = |(each, _): &&(String, Vec<u8>)| each.eq_ignore_ascii_case(name);
        request.headers.iter().find(named).and_then(|(_, value)| str::from_utf8(value).ok())
    };
    let id = added.iter().find(|(_, value)| *value == probe).and_then(|(name, _)| value(name));
    let is_added = |name: &str| {
        let is_signed = |(each, _): &Header| each.eq_ignore_ascii_case(name);
        !name.eq_ignore_ascii_case("content-type") && added.iter().any(is_signed)
    };
    let kept = request.headers.iter().filter(|(name, _)| !is_added(name));
    let kept: Vec<Header> = kept
        .map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
        .collect();
    let all = sign(&kept, id.unwrap_or(&probe))?;
    request.headers = all.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
    Ok(())
}
