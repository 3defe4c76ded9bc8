//! One delivery.

use std::time::SystemTime;

use askama::Template;
use axum::extract::State as FromState;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::value::RawValue;
use webhook_core::UnixTime;

use super::Shared;
use super::ask::{AskOne, View};
use super::json;
use super::payload::{Form, SHOWN, Shown};
use super::problem::Problem;
use super::when::When;
use crate::store::{self, State};

pub(super) async fn detail(
    FromState(log): FromState<Shared>,
    AskOne { ask, number }: AskOne,
) -> Result<Response, Problem> {
    let store = log.inbox.store().clone();
    if ask.view.is_json {
        let found = log.queries.run(async move { store.detail(number).await }).await?;
        return as_json(found.ok_or(Problem::NO_DELIVERY)?);
    }
    // It may be long, so it is made readable while the turn lasts.
    let queries = async move {
        let found = store.detail(number).await?;
        Ok(found.map(|found| (Shown::new(found.event.body()), found)))
    };
    let (payload, found) = log.queries.run(queries).await?.ok_or(Problem::NO_DELIVERY)?;
    let page = Page::new(&ask.view, ask.params.query(), found, payload, SystemTime::now().into());
    Ok(Html(page.render()?).into_response())
}

/// The exact body.
pub(super) async fn body(
    FromState(log): FromState<Shared>,
    AskOne { number, .. }: AskOne,
) -> Result<Response, Problem> {
    let store = log.inbox.store().clone();
    let found = log.queries.run(async move { store.detail(number).await }).await?;
    let body = found.ok_or(Problem::NO_DELIVERY)?.event.body().clone();
    Ok(download(&format!("delivery-{number}"), body))
}

/// The request with its body, if it was kept whole.
pub(super) async fn request(
    FromState(log): FromState<Shared>,
    AskOne { number, .. }: AskOne,
) -> Result<Response, Problem> {
    let store = log.inbox.store().clone();
    let found = log.queries.run(async move { store.detail(number).await }).await?;
    let store::Detail { head: Some(head), event, .. } = found.ok_or(Problem::NO_DELIVERY)? else {
        return Err(Problem::NO_REQUEST);
    };
    Ok(download(&format!("request-{number}"), [head, event.body().clone()].concat().into()))
}

/// A head without the carriage returns at its ends of lines.
fn lines(head: &[u8]) -> Vec<u8> {
    let lines = head.trim_ascii_end().split(|byte| *byte == b'\n');
    let lines: Vec<_> = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    lines.join(&b'\n')
}

/// Bytes that no browser shows or runs.
fn download(name: &str, bytes: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

fn as_json(found: store::Detail) -> Result<Response, Problem> {
    let event = RawValue::from_string(found.event.to_json()).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a record is no JSON");
        Problem::FAILED
    })?;
    let failures = found.failures.into_iter().map(Into::into).collect();
    Ok(json::answer(&json::Detail { delivery: found.row.into(), event, failures }))
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct Page<'a> {
    view: &'a View,
    query: String,
    row: store::Row,
    received: When,
    next_attempt: Option<When>,
    ended: Option<When>,
    failures: Vec<Failure>,
    headers: Vec<(String, String)>,
    head: Option<String>,
    size: usize,
    payload: Shown,
    shown: usize,
}

struct Failure {
    number: u32,
    started: When,
    ended: When,
    error: String,
}

impl<'a> Page<'a> {
    fn new(
        view: &'a View,
        query: String,
        found: store::Detail,
        payload: Shown,
        now: UnixTime,
    ) -> Self {
        let store::Detail { row, event, head, failures } = found;
        let failures = failures.into_iter().map(|failure| Failure {
            number: failure.number,
            started: When::new(failure.started, now),
            ended: When::new(failure.ended, now),
            error: failure.error,
        });
        Self {
            view,
            query,
            received: When::new(row.received, now),
            next_attempt: row.next_attempt.map(|time| When::new(time, now)),
            ended: row.ended.map(|time| When::new(time, now)),
            failures: failures.collect(),
            headers: event.headers().into_iter().collect(),
            head: head.map(|head| Shown::new(&lines(&head)).text),
            size: event.body().len(),
            payload,
            shown: SHOWN / 1024,
            row,
        }
    }
}
