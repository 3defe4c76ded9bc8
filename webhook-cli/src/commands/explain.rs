use std::fmt;

use clap::Args;
use serde::Serialize;
use webhook_core::explain::{CAUSES, Cause, Explanation, KnownCause, Request, Tried};
use webhook_core::providers::Entry;

use super::Outcome;
use super::verify::UNRECORDED;
use crate::args::{RequestArgs, VerifyingArgs, provider};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, STRONG};
use crate::request::Captured;

const EXAMPLES: &str = "\
Examples:
  webhook explain stripe --secret-file secret.txt --request captured.http
  webhook explain stripe --secret-file test.txt --secret-file live.txt --request captured.http --at-arrival
  webhook explain twilio --secret-env TWILIO_AUTH_TOKEN --url https://example.com/sms --request session.har --json
  webhook explain --causes

--secret-env and --secret-file may repeat. Files and variables with secrets are taken as they are, byte for byte: what is
wrong with them is the question.
With --json, the first line has the likeliest cause, or null if nothing fits; others follow.";

/// What stands below the answer, where it is read.
const UNJUDGED: &str = "\nThe age of the signed time was not judged, since nothing records when the request arrived: give it with --at.";

/// Say why a captured request does not verify, and how to fix it
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArgs {
    /// The provider's name, as `webhook providers` lists it
    #[arg(value_parser = provider(), hide_possible_values = true, required_unless_present = "causes")]
    provider: Option<&'static Entry>,
    /// List what can be found
    #[arg(long, conflicts_with = "provider")]
    causes: bool,
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    verifying: VerifyingArgs,
}

impl ExplainArgs {
    pub(super) fn run(self, output: Output) -> Outcome {
        let Some(entry) = self.provider else {
            for cause in CAUSES {
                output.print(&Known::of(cause))?;
            }
            return Ok(true);
        };
        let mut explainer = self.verifying.explainer(entry, output)?;
        let captured = self.request.read(self.verifying.url.as_deref())?;
        for doubt in &captured.doubts {
            output.warn(doubt);
        }
        let (at, tolerance) = self.request.judged_at(&captured);
        if let Some(tolerance) = tolerance {
            output.warn(UNRECORDED);
            explainer = explainer.tolerance(tolerance);
        }
        let explanation = explainer.explain(&as_request(captured, at));
        show(entry, &explanation, output)?;
        if tolerance.is_some() && !output.json {
            output.print(&UNJUDGED)?;
        }
        Ok(explanation.verified)
    }
}

pub(super) fn as_request(captured: Captured, at: webhook_core::UnixTime) -> Request {
    let mut request = Request::new(&captured.method, &captured.target, at);
    request.url = captured.url;
    request.headers = captured.headers;
    request.body = captured.body;
    request
}

fn show(entry: &Entry, explanation: &Explanation, output: Output) -> Result<(), Failure> {
    let Explanation { verified, causes, tried, .. } = explanation;
    if output.json {
        let found = causes.iter().map(|cause| Line::of(*verified, Some(cause)));
        let nothing = causes.is_empty().then(|| Line::of(*verified, None));
        for line in found.chain(nothing) {
            output.print(&line)?;
        }
        return Ok(());
    }
    let headline = Headline { verified: *verified, title: entry.title(), causes: causes.len() };
    output.print(&headline)?;
    for cause in causes {
        output.print(&Line::of(*verified, Some(cause)))?;
    }
    if !verified && causes.is_empty() {
        output.print(&Nothing { tried })?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Headline {
    verified: bool,
    title: &'static str,
    causes: usize,
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verified, title, causes } = self;
        match (verified, causes) {
            (true, 0) => {
                write!(f, "{GOOD}verified{GOOD:#}: nothing is wrong with this delivery of {title}")
            }
            (true, _) => {
                write!(f, "{GOOD}verified{GOOD:#}: a delivery of {title}, but look at this")
            }
            (false, 0) => write!(f, "{BAD}refused{BAD:#}: no known mistake explains it"),
            (false, _) => write!(f, "{BAD}refused{BAD:#}: the likeliest cause first"),
        }
    }
}

/// One cause; without one, nothing fits.
#[derive(Serialize)]
struct Line<'a> {
    verified: bool,
    cause: Option<&'a str>,
    evidence: Option<&'a str>,
    fix: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(verified: bool, cause: Option<&'a Cause>) -> Self {
        Self {
            verified,
            cause: cause.map(|cause| cause.id),
            evidence: cause.map(|cause| &*cause.evidence),
            fix: cause.map(|cause| &*cause.fix),
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.cause.unwrap_or_default();
        write!(f, "\n{STRONG}{cause}{STRONG:#}")?;
        write!(f, "\n  evidence  {}", self.evidence.unwrap_or_default())?;
        write!(f, "\n  fix       {}", self.fix.unwrap_or_default())
    }
}

/// What is said when nothing fits.
struct Nothing<'a> {
    tried: &'a Tried,
}

impl Serialize for Nothing<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl fmt::Display for Nothing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\nTried in {} verifications:", self.tried.verifications)?;
        for variation in &self.tried.variations {
            write!(f, "\n  - {variation}")?;
        }
        if self.tried.exhausted {
            write!(f, "\nThe search ended at its bound before everything was tried.")?;
        }
        write!(f, "\n\nThree checks that people skip:")?;
        for check in Explanation::CHECKS {
            write!(f, "\n  - {check}")?;
        }
        Ok(())
    }
}

/// A cause that can be found.
#[derive(Serialize)]
struct Known {
    cause: &'static str,
    summary: &'static str,
    fix: &'static str,
}

impl Known {
    const fn of(cause: &KnownCause) -> Self {
        Self { cause: cause.id, summary: cause.summary, fix: cause.fix }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{STRONG}{:<28}{STRONG:#} {}", self.cause, self.summary)
    }
}
