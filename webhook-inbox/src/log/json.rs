//! The log as JSON. The names of the members are documented at [`Log`](super::Log).

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use webhook_core::UnixTime;

use super::problem::Problem;
use super::when::rfc3339;
use crate::store::{self, Number, State};

#[derive(Serialize)]
pub(super) struct Error<'a> {
    pub(super) error: &'a str,
}

#[derive(Serialize)]
pub(super) struct Page {
    pub(super) deliveries: Vec<Row>,
    pub(super) next: Option<Number>,
    pub(super) is_partial: bool,
}

#[derive(Serialize)]
pub(super) struct Backlog {
    pub(super) counts: CountOfStates,
    pub(super) up_to: u64,
    pub(super) oldest_waiting_at: Option<String>,
}

pub(super) struct CountOfStates(pub(super) store::Counts);

#[derive(Serialize)]
pub(super) struct Detail {
    pub(super) delivery: Row,
    pub(super) event: Box<RawValue>,
    pub(super) failures: Vec<Failure>,
}

#[derive(Serialize)]
pub(super) struct Row {
    number: Number,
    provider: String,
    endpoint: String,
    event: String,
    delivery_id: Option<String>,
    received_at: String,
    state: &'static str,
    attempts: u32,
    next_attempt_at: Option<String>,
    ended_at: Option<String>,
    error: Option<String>,
    order: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Failure {
    number: u32,
    started_at: String,
    ended_at: String,
    error: String,
}

impl From<store::Row> for Row {
    fn from(row: store::Row) -> Self {
        Self {
            number: row.number,
            provider: row.provider,
            endpoint: row.endpoint,
            event: row.event,
            delivery_id: row.delivery_id,
            received_at: rfc3339(row.received),
            state: row.state.name(),
            attempts: row.attempts,
            next_attempt_at: row.next_attempt.map(rfc3339),
            ended_at: row.ended.map(rfc3339),
            error: row.error,
            order: row.order,
        }
    }
}

impl From<store::Attempt> for Failure {
    fn from(attempt: store::Attempt) -> Self {
        Self {
            number: attempt.number,
            started_at: rfc3339(attempt.started),
            ended_at: rfc3339(attempt.ended),
            error: attempt.error,
        }
    }
}

impl Backlog {
    pub(super) fn new(counts: store::Counts, oldest: Option<UnixTime>) -> Self {
        Self {
            counts: CountOfStates(counts),
            up_to: store::Counts::MAX,
            oldest_waiting_at: oldest.map(rfc3339),
        }
    }
}

impl CountOfStates {
    pub(super) fn each(&self) -> impl Iterator<Item = (State, u64)> + use<> {
        let counts = self.0;
        State::ALL.into_iter().map(move |state| (state, counts.of(state)))
    }
}

impl Serialize for CountOfStates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (state, count) in self.each() {
            map.serialize_entry(state.name(), &count)?;
        }
        map.end()
    }
}

pub(super) fn answer(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "JSON was not written");
            Problem::FAILED.into_response()
        }
    }
}
