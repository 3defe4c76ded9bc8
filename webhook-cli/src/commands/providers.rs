use std::fmt;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;
use webhook_core::providers::{self, Entry};

use super::Outcome;
use crate::args::provider;
use crate::output::{Output, STRONG};
use crate::samples;

const EXAMPLES: &str = "\
Examples:
  webhook providers
  webhook providers voisnap
  webhook providers --json | jq -r 'select(.signs_id) | .name'";

/// List the providers, or describe one
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ProvidersArgs {
    /// The provider to describe
    #[arg(value_parser = provider(), hide_possible_values = true)]
    name: Option<&'static Entry>,
}

impl ProvidersArgs {
    pub(super) fn run(self, output: Output) -> Outcome {
        match self.name {
            Some(entry) => output.print(&Description::of(entry))?,
            None if output.json => {
                for entry in providers::ALL {
                    output.print(&Description::of(entry))?;
                }
            }
            None => output.print(&List)?,
        }
        Ok(true)
    }
}

#[derive(Serialize)]
struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(["name", "provider", "you hold", "signed"]);
        for entry in providers::ALL {
            let signed = entry.signed();
            table.add_row([entry.name(), entry.title(), entry.credential_name(), &signed]);
        }
        for line in table.trim_fmt().lines() {
            writeln!(f, "{}", line.trim())?;
        }
        write!(f, "\n{} providers. `webhook providers NAME` describes one.", providers::ALL.len())
    }
}

#[derive(Serialize)]
struct Description {
    name: &'static str,
    title: &'static str,
    /// What the user holds, and where it is found.
    credential: &'static str,
    credential_location: &'static str,
    public_key: bool,
    headers: Vec<&'static str>,
    signed: String,
    signs_id: bool,
    signs_url: bool,
    tolerance_seconds: Option<u64>,
    handshake: Option<&'static str>,
    retries: Option<String>,
    retry_delays_seconds: Option<Vec<u64>>,
    deadline_seconds: Option<u64>,
    events: Vec<&'static str>,
    documentation: Option<&'static str>,
}

impl Description {
    fn of(entry: &Entry) -> Self {
        let delays = entry.retry_delays();
        Self {
            name: entry.name(),
            title: entry.title(),
            credential: entry.credential_name(),
            credential_location: entry.credential_location(),
            public_key: entry.has_public_key(),
            headers: entry.headers(),
            signed: entry.signed(),
            signs_id: entry.signs_id(),
            signs_url: entry.signs_url(),
            tolerance_seconds: entry.default_tolerance().map(|tolerance| tolerance.as_secs()),
            handshake: entry.handshake_description(),
            retries: entry.retry_schedule(),
            retry_delays_seconds: delays
                .map(|delays| delays.map(|delay| delay.as_secs()).collect()),
            deadline_seconds: entry.deadline().map(|deadline| deadline.as_secs()),
            events: samples::names(entry.name()),
            documentation: entry.documentation_url(),
        }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |secs: Option<u64>| secs.map(|secs| format!("{secs} s"));
        let list = |list: &[&str]| (!list.is_empty()).then(|| list.join(", "));
        let undocumented = || Some("not documented".to_owned());
        let rows = [
            ("you hold", Some(format!("{}, from {}", self.credential, self.credential_location))),
            (
                "headers",
                list(&self.headers).or_else(|| Some("none: see what is signed".to_owned())),
            ),
            ("signed", Some(self.signed.clone())),
            ("the id is", Some(if self.signs_id { "signed" } else { "not signed" }.to_owned())),
            (
                "tolerance",
                seconds(self.tolerance_seconds).or_else(|| Some("no time is signed".to_owned())),
            ),
            ("handshake", self.handshake.map(str::to_owned).or_else(|| Some("none".to_owned()))),
            ("waits", seconds(self.deadline_seconds).or_else(undocumented)),
            ("retries", self.retries.clone().or_else(undocumented)),
            ("samples", list(&self.events)),
            (
                "documentation",
                self.documentation.map(str::to_owned).or_else(|| Some("not public".to_owned())),
            ),
        ];
        write!(f, "{STRONG}{}{STRONG:#} ({})", self.title, self.name)?;
        for (name, value) in rows {
            if let Some(value) = value {
                write!(f, "\n  {name:<15}{value}")?;
            }
        }
        Ok(())
    }
}
