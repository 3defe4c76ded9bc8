use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{Attempt, Schedule};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, STRONG};

/// Up to so many deliveries are shown one by one; more are counted.
const SHOWN: u64 = 20;

/// Counts what is answered, and shows it while it comes.
pub(crate) struct Report {
    output: Output,
    shows_attempts: bool,
    bar: ProgressBar,
    start: Instant,
    /// In microseconds.
    latencies: Histogram<u64>,
    statuses: BTreeMap<String, u64>,
    accepted: u64,
    rejected: u64,
    /// Why the last request without an answer had none.
    unanswered: Option<String>,
    /// The first failure to write.
    failure: Option<io::Error>,
}

impl Report {
    pub(crate) fn new(output: Output, deliveries: u64) -> Result<Self, Failure> {
        let shows_attempts = output.json || deliveries <= SHOWN;
        let bar = if shows_attempts { ProgressBar::hidden() } else { ProgressBar::new(deliveries) };
        if let Ok(style) =
            ProgressStyle::with_template("{bar:40} {pos}/{len}, {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        Ok(Self {
            output,
            shows_attempts,
            bar,
            start: Instant::now(),
            latencies: Histogram::new(3).map_err(Failure::set_up)?,
            statuses: BTreeMap::new(),
            accepted: 0,
            rejected: 0,
            unanswered: None,
            failure: None,
        })
    }

    /// Takes in an attempt, the last one of what was sent or one that is followed by others.
    pub(crate) fn add(&mut self, attempt: &Attempt, is_last: bool) {
        if let Some(status) = attempt.status {
            let micros = u64::try_from(attempt.elapsed.as_micros()).unwrap_or(u64::MAX);
            // It grows with its values, so all of them fit.
            _ = self.latencies.record(micros.max(1));
            *self.statuses.entry(status.to_string()).or_default() += 1;
        } else {
            *self.statuses.entry("no answer".to_owned()).or_default() += 1;
            self.unanswered = Some(attempt.answer().to_owned());
        }
        if is_last {
            let count = if attempt.is_accepted() { &mut self.accepted } else { &mut self.rejected };
            *count += 1;
        }
        if self.shows_attempts && self.failure.is_none() {
            self.failure = self.output.print(attempt).err();
        }
    }

    /// Counts a delivery with all its copies as done.
    pub(crate) fn delivered(&self) {
        self.bar.inc(1);
    }

    /// Prints the summary. Says whether everything was accepted.
    pub(crate) fn finish(self, deliveries: u64, schedule: &Schedule) -> Result<bool, Failure> {
        self.bar.finish_and_clear();
        if let Some(error) = self.failure {
            return Err(error.into());
        }
        let quantile = |q| {
            let micros = (!self.latencies.is_empty()).then(|| self.latencies.value_at_quantile(q));
            micros.map(|micros| Duration::from_micros(micros).as_secs_f64() * 1e3)
        };
        let summary = Summary {
            kind: "summary",
            deliveries,
            requests: self.statuses.values().sum(),
            accepted: self.accepted,
            rejected: self.rejected,
            p50_milliseconds: quantile(0.5),
            p99_milliseconds: quantile(0.99),
            seconds: self.start.elapsed().as_secs_f64(),
            schedule,
            statuses: self.statuses,
        };
        self.output.print(&summary)?;
        match self.unanswered {
            Some(why) if self.latencies.is_empty() => {
                Err(Failure::set_up(format!("nothing answers at --to: {why}")))
            }
            _ => Ok(self.rejected == 0),
        }
    }
}

#[derive(Serialize)]
struct Summary<'a> {
    kind: &'static str,
    deliveries: u64,
    /// All requests: with retries, duplicates and replays.
    requests: u64,
    /// What was answered 2xx in the end.
    accepted: u64,
    rejected: u64,
    statuses: BTreeMap<String, u64>,
    p50_milliseconds: Option<f64>,
    p99_milliseconds: Option<f64>,
    seconds: f64,
    schedule: &'a Schedule,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = if self.rejected == 0 { GOOD } else { BAD };
        let Self { deliveries, requests, accepted, rejected, seconds, .. } = self;
        let deliveries = counted(*deliveries, "delivery", "deliveries");
        let requests = counted(*requests, "request", "requests");
        write!(f, "{STRONG}{deliveries}, {requests}{STRONG:#} in {seconds:.1} s: ")?;
        write!(f, "{style}{accepted} accepted, {rejected} rejected{style:#}")?;
        for (status, count) in &self.statuses {
            write!(f, "\n  {status:<10}{count}")?;
        }
        if let (Some(p50), Some(p99)) = (self.p50_milliseconds, self.p99_milliseconds) {
            write!(f, "\n  p50       {p50:.1} ms\n  p99       {p99:.1} ms")?;
        }
        Ok(())
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
