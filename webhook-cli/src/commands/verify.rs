use std::collections::BTreeMap;
use std::fmt;

use clap::Args;
use serde::Serialize;
use webhook_core::providers::{Credentials, Entry};
use webhook_core::{Checked, Clock, RejectionKind, SecretErrorKind, UnixTime, Verify, VerifyError};

use super::Outcome;
use crate::args::{self, RequestArgs, VerifyingArgs, provider, rfc3339};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output};
use crate::request::Captured;

const EXAMPLES: &str = "\
Examples:
  webhook verify stripe --secret-env STRIPE_SECRET --request captured.http --at-arrival
  webhook verify github --secret-file secret.txt --body body.json -H 'X-Hub-Signature-256: sha256=...'
  webhook verify square --secret-env SQUARE_KEY --url https://example.com/hooks --request session.har --entry 3
  webhook verify svix --secret-file new.txt --secret-file old.txt --request captured.http --json

--secret-env and --secret-file may repeat: it says which secret matched.";

pub(super) const UNRECORDED: &str =
    "when the request arrived is not recorded: how old its signed time is does not matter";

/// Verify a captured request, byte for byte
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct VerifyArgs {
    /// The provider's name, as `webhook providers` lists it
    #[arg(value_parser = provider(), hide_possible_values = true)]
    provider: &'static Entry,
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    verifying: VerifyingArgs,
}

impl VerifyArgs {
    pub(super) fn run(self, output: Output) -> Outcome {
        let mut credentials = self.verifying.read(output)?;
        let request = self.request.read(self.verifying.url.as_deref())?;
        for doubt in &request.doubts {
            output.warn(doubt);
        }
        if let (None, Some(url)) = (&self.verifying.url, &request.url)
            && self.provider.signs_url()
        {
            output.warn("no --url: the recorded URL is taken for the one that the provider knows");
            credentials = credentials.for_url(args::public_url(url)?);
        }
        let (at, tolerance) = self.request.judged_at(&request);
        if let Some(tolerance) = tolerance {
            output.warn(UNRECORDED);
            credentials = credentials.with_tolerance(tolerance);
        }
        let verifier = verifier(self.provider, &credentials)?;
        let checked = check(&*verifier, &request, at);
        let secrets = credentials.previous().len().saturating_add(1);
        let verdict = Verdict::of(self.provider, checked, at, secrets);
        output.print(&verdict)?;
        Ok(verdict.verified)
    }
}

/// Makes a verifier. What is missing is named as an option.
pub(super) fn verifier(
    entry: &Entry,
    credentials: &Credentials,
) -> Result<Box<dyn Verify>, Failure> {
    entry.verifier(credentials).map_err(|error| match error.kind() {
        SecretErrorKind::UrlRequired => Failure::set_up(format!(
            "{} signs the endpoint's public URL: give --url",
            entry.title()
        )),
        SecretErrorKind::KeysRequired => {
            Failure::set_up(format!("{} signs with a published key: give --keys", entry.title()))
        }
        _ => error.into(),
    })
}

fn check(verify: &dyn Verify, request: &Captured, at: UnixTime) -> Result<Checked, VerifyError> {
    verify.begin(&request.head(), Clock::at(at))?.finish(&request.body)
}

#[derive(Serialize)]
struct Verdict {
    provider: &'static str,
    verified: bool,
    /// What a receiver would answer.
    status: u16,
    reason: Option<&'static str>,
    id: Option<String>,
    id_signed: Option<bool>,
    signed_at: Option<String>,
    judged_at: String,
    /// Which of the secrets matched, counted from 1.
    secret: Option<usize>,
    /// How many there are.
    secrets: usize,
    covers_body: Option<bool>,
    hints: BTreeMap<&'static str, String>,
    handshake: Option<String>,
    #[serde(skip)]
    title: &'static str,
    #[serde(skip)]
    text: &'static str,
}

impl Verdict {
    fn of(
        entry: &Entry,
        checked: Result<Checked, VerifyError>,
        at: UnixTime,
        secrets: usize,
    ) -> Self {
        let mut verdict = Self {
            provider: entry.name(),
            verified: checked.is_ok(),
            status: 200,
            reason: None,
            id: None,
            id_signed: None,
            signed_at: None,
            judged_at: rfc3339(at),
            secret: None,
            secrets,
            covers_body: None,
            hints: BTreeMap::new(),
            handshake: None,
            title: entry.title(),
            text: "",
        };
        let delivery = match checked {
            Err(error) => {
                let kind = RejectionKind::Verify(error.kind());
                (verdict.status, verdict.reason) = (kind.status(), Some(kind.label()));
                verdict.text = kind.text();
                None
            }
            Ok(Checked::Handshake { answer, delivery }) => {
                verdict.status = answer.status;
                verdict.handshake = Some(answer.body.into_owned());
                delivery.map(|delivery| *delivery)
            }
            Ok(Checked::Delivery(delivery)) => Some(delivery),
        };
        if let Some(delivery) = delivery {
            verdict.id = delivery.id().map(str::to_owned);
            verdict.id_signed = delivery.id().map(|_| delivery.id_is_signed());
            verdict.signed_at = delivery.signed_at().map(rfc3339);
            verdict.secret = Some(delivery.key_index().saturating_add(1));
            verdict.covers_body = Some(delivery.covers_body());
            let hints = delivery.unsigned_hints();
            verdict.hints = hints.map(|(name, value)| (name, value.to_owned())).collect();
        }
        verdict
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.title;
        if !self.verified {
            write!(f, "{BAD}refused{BAD:#}: {}, judged at {}", self.text, self.judged_at)?;
            return write!(
                f,
                "\n  a receiver answers {}; `webhook explain` with the same arguments says why",
                self.status
            );
        }
        match (&self.handshake, self.secret) {
            (None, _) => write!(f, "{GOOD}verified{GOOD:#}: a delivery of {title}")?,
            (Some(_), Some(_)) => write!(f, "{GOOD}verified{GOOD:#}: a handshake of {title}")?,
            (Some(_), None) => {
                write!(f, "{GOOD}understood{GOOD:#}: a handshake of {title}, unsigned")?;
            }
        }
        if let Some(body) = &self.handshake {
            write!(f, "\n  a receiver answers {} {body}", self.status)?;
        }
        if let Some(id) = &self.id {
            let how = if self.id_signed == Some(true) { "signed" } else { "not signed" };
            write!(f, "\n  id         {id} ({how})")?;
        }
        if let Some(time) = &self.signed_at {
            write!(f, "\n  signed at  {time}, judged at {}", self.judged_at)?;
        }
        if let Some(secret) = self.secret.filter(|_| self.secrets > 1) {
            write!(f, "\n  secret     number {secret} of {}", self.secrets)?;
        }
        if self.covers_body == Some(false) {
            write!(f, "\n  the body is not signed")?;
        }
        for (name, value) in &self.hints {
            write!(f, "\n  {name}: {value} (not signed)")?;
        }
        Ok(())
    }
}
