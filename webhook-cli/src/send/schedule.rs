use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use serde::Serialize;
use webhook_core::providers::Entry;

/// How long a sender waits for an answer that does not say how long.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often it sends again if it does not say when.
const RETRIES: usize = 5;

/// When a provider sends again, and how long it waits for an answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Schedule {
    /// Whether the provider documents exactly these. Others are assumed: 1 s, then twice as long each time.
    pub(crate) delays_documented: bool,
    #[serde(rename = "delays_seconds", serialize_with = "seconds")]
    pub(crate) delays: Vec<Duration>,
    /// Whether the provider documents it.
    deadline_documented: bool,
    #[serde(rename = "deadline_seconds", serialize_with = "second")]
    pub(crate) deadline: Duration,
}

impl Schedule {
    /// One attempt only.
    pub(crate) fn once(entry: &Entry) -> Self {
        Self {
            delays_documented: false,
            delays: Vec::new(),
            deadline_documented: entry.deadline().is_some(),
            deadline: entry.deadline().unwrap_or(DEADLINE),
        }
    }

    pub(crate) fn of(entry: &Entry) -> Self {
        let documented = entry.retry_delays();
        let assumed = || {
            let builder = ExponentialBuilder::default().with_min_delay(Duration::from_secs(1));
            builder.with_factor(2.0).with_max_times(RETRIES).build().collect()
        };
        Self {
            delays_documented: documented.is_some(),
            delays: documented.map_or_else(assumed, Iterator::collect),
            ..Self::once(entry)
        }
    }

    /// With a deadline of the user's own.
    pub(crate) fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, deadline_documented: false, ..self }
    }
}

fn seconds<S: serde::Serializer>(delays: &[Duration], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(delays.iter().map(Duration::as_secs_f64))
}

fn second<S: serde::Serializer>(deadline: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(deadline.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use webhook_core::providers;

    use super::*;

    fn secs(name: &str) -> (bool, Vec<u64>, u64) {
        let schedule = Schedule::of(providers::find(name).unwrap());
        let delays = schedule.delays.iter().map(Duration::as_secs).collect();
        (schedule.delays_documented, delays, schedule.deadline.as_secs())
    }

    #[test]
    fn documented_schedules_are_the_registrys() {
        assert_eq!(secs("svara"), (true, vec![1, 5, 30, 120, 600], 10));
        assert_eq!(secs("github"), (true, vec![], 10));
    }

    #[test]
    fn others_are_assumed_and_say_so() {
        assert_eq!(secs("samva"), (false, vec![1, 2, 4, 8, 16], 30));
        assert_eq!(secs("voisnap"), (false, vec![1, 2, 4, 8, 16], 5));
    }
}
