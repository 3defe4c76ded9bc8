use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use webhook_core::UnixTime;
use webhook_core::providers::Entry;

use super::Outcome;
use crate::args::{self, Header, SigningArgs, header, now, provider, read_input, target, time};
use crate::failure::Failure;
use crate::output::Output;
use crate::send::{Signer, Unsigned, fresh_id};

const EXAMPLES: &str = "\
Examples:
  webhook sign voisnap --secret-env VOISNAP_WEBHOOK_SECRET --body event.json
  webhook sign github --secret-file secret.txt --body - < event.json
  webhook sign stripe --secret-env STRIPE_SECRET --body event.json --curl --url http://127.0.0.1:3000/webhooks/stripe | sh
  webhook sign svix --secret-env SVIX_SECRET --body event.json --id msg_1 --at 2026-11-25T10:00:00Z";

/// Print the headers that a provider would send with a body
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SignArgs {
    /// The provider's name, as `webhook providers` lists it
    #[arg(value_parser = provider(), hide_possible_values = true)]
    provider: &'static Entry,
    /// A file with the body, byte for byte; `-` is standard input
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
    /// The delivery's id [default: a random one]
    #[arg(long)]
    id: Option<String>,
    /// When it is signed: seconds since 1970, 1700000000000ms, or as in 2026-11-25T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<UnixTime>,
    /// The method of the request
    #[arg(long, default_value = "POST")]
    method: String,
    /// Another header of the request. May repeat
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<Header>,
    /// Print a command that sends the request with curl, to --url or else to port 3000 of this machine
    #[arg(long)]
    curl: bool,
    /// Print the headers even if the secret itself is one of them
    #[arg(long)]
    show_secret: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl SignArgs {
    pub(super) fn run(self, output: Output) -> Outcome {
        let secret = self.signing.read(output)?;
        let body = read_input(&self.body)?;
        let url = self.signing.url.as_deref();
        let signer = Signer::new(self.provider, secret.clone(), url)?;
        let id = self.id.unwrap_or_else(fresh_id);
        let unsigned = Unsigned {
            method: &self.method,
            target: url.map_or("/", target),
            headers: &self.header,
            body: &body,
        };
        let headers = signer.sign(&unsigned, &id, self.at.unwrap_or_else(now))?;
        if !self.show_secret && headers.iter().any(|(_, value)| value.contains(secret.as_str())) {
            return Err(Failure::set_up(format!(
                "{} sends the secret itself as a header: it is printed only with --show-secret",
                self.provider.title()
            )));
        }
        let curl = if self.curl {
            let url = url.unwrap_or("http://127.0.0.1:3000");
            Some(curl(&self.method, url, &headers, &self.body, &body)?)
        } else {
            None
        };
        output.print(&Signed { provider: self.provider.name(), headers, curl })?;
        Ok(true)
    }
}

struct Signed {
    provider: &'static str,
    headers: Vec<args::Header>,
    curl: Option<String>,
}

impl Serialize for Signed {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            provider: &'static str,
            headers: BTreeMap<&'a str, &'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            curl: Option<&'a str>,
        }
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        Line { provider: self.provider, headers, curl: self.curl.as_deref() }.serialize(serializer)
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(curl) = &self.curl {
            return f.write_str(curl);
        }
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

/// A command for a POSIX shell. It sends the body's bytes as they are: from their file, or if they came from standard
/// input, as an argument.
fn curl(
    method: &str,
    url: &str,
    headers: &[args::Header],
    path: &Path,
    body: &[u8],
) -> Result<String, Failure> {
    let unquotable = |_| Failure::set_up("a zero byte cannot stand in a shell's command");
    let quote =
        |text: &str| shlex::try_quote(text).map(std::borrow::Cow::into_owned).map_err(unquotable);
    let mut command = format!("curl -sS -X {} {}", quote(method)?, quote(url)?);
    for (name, value) in headers {
        // curl leaves a header without a value out, unless a semicolon ends its name.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command.push_str(" -H ");
        command.push_str(&quote(&header)?);
    }
    let data = if path == Path::new("-") {
        let text = std::str::from_utf8(body).map_err(|_| {
            Failure::set_up("a body that is not UTF-8 cannot stand in a command: give it as a file")
        })?;
        format!("--data-raw {}", quote(text)?)
    } else {
        format!("--data-binary {}", quote(&format!("@{}", path.display()))?)
    };
    Ok(format!("{command} {data}"))
}
