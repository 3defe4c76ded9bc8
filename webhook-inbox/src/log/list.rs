//! The list, and how many deliveries are in which state.

use std::time::SystemTime;

use askama::Template;
use axum::extract::State as FromState;
use axum::response::{Html, IntoResponse as _, Response};
use webhook_core::UnixTime;

use super::Shared;
use super::ask::{Ask, View};
use super::json;
use super::params::Params;
use super::problem::Problem;
use super::when::When;
use crate::store::{self, Backlog, Counts, Filter, State};

pub(super) async fn list(FromState(log): FromState<Shared>, ask: Ask) -> Result<Response, Problem> {
    let Ask { view, params, filter } = ask;
    let store = log.inbox.store().clone();
    if view.is_json {
        let page = log.queries.run(async move { store.list(&filter).await }).await?;
        let deliveries = page.rows.into_iter().map(Into::into).collect();
        let (next, is_partial) = (page.next, page.is_partial);
        return Ok(json::answer(&json::Page { deliveries, next, is_partial }));
    }
    let now = SystemTime::now().into();
    let queries = async move {
        let page = store.list(&filter).await?;
        Ok((page, store.backlog(now).await?, store.endpoints().await?))
    };
    let (page, backlog, endpoints) = log.queries.run(queries).await?;
    let list = List::new(&view, &params, page, backlog, endpoints, now);
    Ok(Html(list.render()?).into_response())
}

pub(super) async fn counts(FromState(log): FromState<Shared>) -> Result<Response, Problem> {
    let store = log.inbox.store().clone();
    let now = SystemTime::now().into();
    let backlog = log.queries.run(async move { store.backlog(now).await }).await?;
    Ok(json::answer(&json::Backlog::new(backlog.counts, backlog.oldest)))
}

#[derive(Template)]
#[template(path = "list.html")]
struct List<'a> {
    view: &'a View,
    params: &'a Params,
    is_filtered: bool,
    counts: Vec<Count>,
    oldest: Option<When>,
    providers: Vec<String>,
    endpoints: Vec<String>,
    states: [State; 8],
    rows: Vec<Line>,
    /// The query of each delivery's page, for the way back.
    query: String,
    /// The query without a place in the list.
    first: String,
    older: Option<String>,
    is_partial: bool,
    searched: usize,
}

/// A state, and how many deliveries are in it.
struct Count {
    name: &'static str,
    label: String,
    shown: String,
    is_current: bool,
}

/// A delivery in the list.
struct Line {
    row: store::Row,
    received: When,
    /// Why the last attempt failed, if that matters still.
    error: Option<String>,
}

impl<'a> List<'a> {
    fn new(
        view: &'a View,
        params: &'a Params,
        page: store::Page,
        backlog: Backlog,
        endpoints: Vec<(String, String)>,
        now: UnixTime,
    ) -> Self {
        let counts = json::CountOfStates(backlog.counts).each();
        let counts = counts.map(|(state, count)| Count::new(state, count, params)).collect();
        let (endpoints, providers): (Vec<_>, Vec<_>) = endpoints.into_iter().unzip();
        Self {
            view,
            params,
            is_filtered: !params.set().is_empty(),
            counts,
            oldest: backlog.oldest.map(|oldest| When::new(oldest, now)),
            providers: choices(providers, &params.provider),
            endpoints: choices(endpoints, &params.endpoint),
            states: State::ALL,
            rows: page.rows.into_iter().map(|row| Line::new(row, now)).collect(),
            query: params.query(),
            first: params.before(None).query(),
            older: page.next.map(|next| params.before(Some(next)).query()),
            is_partial: page.is_partial,
            searched: Filter::SEARCHED,
        }
    }
}

impl Count {
    fn new(state: State, count: u64, params: &Params) -> Self {
        let shown = if count < Counts::MAX { count.to_string() } else { "10,000+".to_owned() };
        let name = state.name();
        Self { name, label: name.replace('-', " "), shown, is_current: params.state == name }
    }
}

impl Line {
    fn new(mut row: store::Row, now: UnixTime) -> Self {
        let received = When::new(row.received, now);
        let error = row.error.take().filter(|_| row.state != State::Done);
        Self { row, received, error }
    }
}

/// What can be chosen: each once, and what is chosen already.
fn choices(mut names: Vec<String>, chosen: &str) -> Vec<String> {
    if !chosen.is_empty() {
        names.push(chosen.to_owned());
    }
    names.sort_unstable();
    names.dedup();
    names
}
