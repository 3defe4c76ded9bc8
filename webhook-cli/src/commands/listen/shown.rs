//! What is shown of each request, one a line.

use std::fmt;

use serde::Serialize;
use webhook_inbox::store::Number;

use super::receive::{UNEXPLAINED, UNKNOWN};
use crate::args::rfc3339;
use crate::http::one_line;
use crate::output::{BAD, GOOD, STRONG};
use crate::request::Captured;

/// That requests can come now.
#[derive(Serialize)]
pub(super) struct Listening {
    pub(super) kind: &'static str,
    pub(super) provider: &'static str,
    pub(super) address: String,
    pub(super) page: String,
    pub(super) store: String,
}

impl fmt::Display for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, address, page, store, .. } = self;
        write!(f, "listening for {provider} at {STRONG}{address}{STRONG:#}, any path")?;
        write!(f, "\n  page   {page}")?;
        write!(f, "\n  store  {store}, with signatures")
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Verified,
    Duplicate,
    Handshake,
    Rejected,
}

/// A request that was received.
#[derive(Serialize)]
pub(super) struct Shown {
    kind: &'static str,
    /// Under which it is kept.
    pub(super) number: Option<Number>,
    received_at: Option<String>,
    method: String,
    #[serde(rename = "path")]
    target: String,
    bytes: usize,
    pub(super) outcome: Outcome,
    /// The number of the first copy.
    pub(super) duplicate_of: Option<Number>,
    /// What it is answered with.
    pub(super) status: u16,
    pub(super) event: Option<String>,
    pub(super) id: Option<String>,
    pub(super) reason: Option<String>,
    /// What may explain a rejection, the likeliest first. `None` if it was not explained.
    pub(super) causes: Option<Vec<Cause>>,
}

#[derive(Serialize)]
pub(super) struct Cause {
    #[serde(rename = "cause")]
    pub(super) id: &'static str,
    pub(super) evidence: String,
    pub(super) fix: String,
}

impl From<webhook_core::explain::Cause> for Cause {
    fn from(cause: webhook_core::explain::Cause) -> Self {
        Self { id: cause.id, evidence: cause.evidence, fix: cause.fix }
    }
}

impl Shown {
    pub(super) fn of(captured: &Captured) -> Self {
        Self {
            kind: "request",
            number: None,
            received_at: captured.arrived.map(rfc3339),
            method: captured.method.clone(),
            // The query may hold the secret.
            target: captured.target.split('?').next().unwrap_or_default().to_owned(),
            bytes: captured.body.len(),
            outcome: Outcome::Verified,
            duplicate_of: None,
            status: 200,
            event: None,
            id: None,
            reason: None,
            causes: None,
        }
    }
}

/// Strangers write what is shown, so control characters are escaped.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.number.unwrap_or_default())?;
        match self.outcome {
            Outcome::Verified => write!(f, " {GOOD}verified{GOOD:#}")?,
            Outcome::Duplicate => {
                let first = self.duplicate_of.unwrap_or_default();
                write!(f, " {GOOD}verified{GOOD:#}, a duplicate of #{first}:")?;
            }
            Outcome::Handshake => write!(f, " {GOOD}handshake{GOOD:#}")?,
            Outcome::Rejected => write!(f, " {BAD}rejected{BAD:#}")?,
        }
        for text in [&self.event, &self.id].into_iter().flatten() {
            write!(f, " {}", one_line(text))?;
        }
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        let (method, target) = (one_line(&self.method), one_line(&self.target));
        write!(f, " ({method} {target}, {} bytes) -> {}", self.bytes, self.status)?;
        if self.outcome != Outcome::Rejected {
            return Ok(());
        }
        let Some(causes) = &self.causes else { return write!(f, "\n  {UNEXPLAINED}") };
        if causes.is_empty() {
            write!(f, "\n  {UNKNOWN}")?;
        }
        for Cause { id, evidence, fix } in causes {
            write!(f, "\n  {STRONG}{id}{STRONG:#}\n    evidence  {evidence}\n    fix       {fix}")?;
        }
        Ok(())
    }
}
