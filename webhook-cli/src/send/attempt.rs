use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::client::Answer;
use crate::output::{BAD, GOOD};

/// What is sent: a delivery, the same bytes once more, or the same under another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sent {
    Delivery,
    Duplicate,
    Replay,
}

/// One request and its answer.
#[derive(Clone, Serialize)]
pub(crate) struct Attempt {
    kind: &'static str,
    /// Counted from 1.
    delivery: u64,
    sent: Sent,
    id: String,
    /// Counted from 1.
    #[serde(rename = "attempt")]
    number: usize,
    pub(crate) status: Option<u16>,
    answer: String,
    milliseconds: f64,
    /// How long the sender waits before it sends this again, by its schedule.
    retry_in_seconds: Option<f64>,
    #[serde(skip)]
    pub(crate) elapsed: Duration,
}

impl Attempt {
    pub(crate) fn new(delivery: u64, sent: Sent, id: &str, number: usize, answer: Answer) -> Self {
        Self {
            kind: "attempt",
            delivery,
            sent,
            id: id.to_owned(),
            number,
            status: answer.status,
            answer: answer.text,
            milliseconds: (answer.elapsed.as_secs_f64() * 1e6).round() / 1e3,
            retry_in_seconds: None,
            elapsed: answer.elapsed,
        }
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The same, when it is known that it is followed by another.
    pub(crate) fn retried_in(&self, delay: Duration) -> Self {
        Self { retry_in_seconds: Some(delay.as_secs_f64()), ..self.clone() }
    }

    /// What was answered, or why nothing was.
    pub(crate) fn answer(&self) -> &str {
        &self.answer
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = if self.is_accepted() { GOOD } else { BAD };
        let what = match self.sent {
            Sent::Delivery => "",
            Sent::Duplicate => ", duplicate",
            Sent::Replay => ", replay",
        };
        write!(f, "delivery {}{what}", self.delivery)?;
        if self.number > 1 {
            write!(f, ", attempt {}", self.number)?;
        }
        match self.status {
            Some(status) => write!(f, ": {style}{status}{style:#} {}", self.answer)?,
            None => write!(f, ": {style}no answer{style:#}: {}", self.answer)?,
        }
        write!(f, " ({:.1} ms)", self.milliseconds)?;
        match self.retry_in_seconds {
            Some(secs) => write!(f, ", again after {secs} s"),
            None => Ok(()),
        }
    }
}
