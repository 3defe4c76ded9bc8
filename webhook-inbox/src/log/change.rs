//! Replays and deletions, of one delivery and of all that match.

use std::time::{Duration, Instant, SystemTime};

use askama::Template;
use axum::extract::State as FromState;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::Shared;
use super::ask::{Ask, AskOne, View};
use super::json;
use super::problem::{Message, Problem};
use crate::store::{Filter, Number, Replayed, Row, State, Store, StoreError};

/// How many deliveries one request changes.
const AT_A_TIME: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Replay,
    Delete,
}

pub(super) async fn confirm_replay(
    log: FromState<Shared>,
    ask: AskOne,
) -> Result<Response, Problem> {
    confirm_one(log, ask, Change::Replay).await
}

pub(super) async fn confirm_deletion(
    log: FromState<Shared>,
    ask: AskOne,
) -> Result<Response, Problem> {
    confirm_one(log, ask, Change::Delete).await
}

pub(super) async fn confirm_replays(log: FromState<Shared>, ask: Ask) -> Result<Response, Problem> {
    confirm_all(log, ask, Change::Replay).await
}

pub(super) async fn confirm_deletions(
    log: FromState<Shared>,
    ask: Ask,
) -> Result<Response, Problem> {
    confirm_all(log, ask, Change::Delete).await
}

pub(super) async fn replays(log: FromState<Shared>, ask: Ask) -> Result<Response, Problem> {
    change_all(log, ask, Change::Replay).await
}

pub(super) async fn deletions(log: FromState<Shared>, ask: Ask) -> Result<Response, Problem> {
    change_all(log, ask, Change::Delete).await
}

pub(super) async fn replay(
    FromState(log): FromState<Shared>,
    AskOne { ask, number }: AskOne,
) -> Result<Response, Problem> {
    let (store, now) = (log.inbox.store().clone(), SystemTime::now().into());
    match log.queries.run(async move { store.replay(number, now).await }).await? {
        Replayed::Yes => {}
        Replayed::NotNow => return Err(Problem::WAITS),
        Replayed::NotFound => return Err(Problem::NO_DELIVERY),
    }
    log.inbox.arrived().notify_one();
    tracing::info!(delivery = number, "replayed");
    if ask.view.is_json {
        return Ok(json::answer(&Tally { changed: 1, left: 0, next: None }.json(Change::Replay)));
    }
    // By GET, so that the page can be loaded again without another replay.
    let page = format!("{}deliveries/{number}{}", ask.view.base, ask.params.query());
    Ok(Redirect::to(&page).into_response())
}

pub(super) async fn deletion(
    FromState(log): FromState<Shared>,
    AskOne { ask, number }: AskOne,
) -> Result<Response, Problem> {
    let store = log.inbox.store().clone();
    let queries = async move {
        let is_deleted = store.delete(number).await?;
        // What was not deleted runs, or is not there.
        Ok((is_deleted, !is_deleted && store.detail(number).await?.is_some()))
    };
    match log.queries.run(queries).await? {
        (true, _) => tracing::info!(delivery = number, "deleted"),
        (false, true) => return Err(Problem::RUNS),
        (false, false) => return Err(Problem::NO_DELIVERY),
    }
    if ask.view.is_json {
        return Ok(json::answer(&Tally { changed: 1, left: 0, next: None }.json(Change::Delete)));
    }
    let back = format!("{}{}", ask.view.home, ask.params.query());
    let text = format!("Delivery {number} and all that was known of it are gone.");
    let page = Message { view: &ask.view, back: &back, title: "Deleted", text: &text };
    Ok(Html(page.render()?).into_response())
}

/// Asks before one delivery is changed.
async fn confirm_one(
    FromState(log): FromState<Shared>,
    AskOne { ask, number }: AskOne,
    change: Change,
) -> Result<Response, Problem> {
    let store = log.inbox.store().clone();
    let found = log.queries.run(async move { store.detail(number).await }).await?;
    let row = found.ok_or(Problem::NO_DELIVERY)?.row;
    let (base, query) = (&ask.view.base, ask.params.query());
    let page = Confirm {
        view: &ask.view,
        change,
        title: format!("{} delivery {number}?", change.title()),
        facts: facts(&row),
        is_all: false,
        found: None,
        action: format!("{base}deliveries/{number}/{}{query}", change.path()),
        back: format!("{base}deliveries/{number}{query}"),
    };
    Ok(Html(page.render()?).into_response())
}

/// Asks before all are changed that match. What arrives after the question is not changed.
async fn confirm_all(
    FromState(log): FromState<Shared>,
    ask: Ask,
    change: Change,
) -> Result<Response, Problem> {
    let Ask { view, params, filter } = ask;
    let filter = Filter { before: None, ..filter };
    let store = log.inbox.store().clone();
    let page = log.queries.run(async move { store.list(&filter).await }).await?;
    let newest = page.rows.first().map(|row| row.number.saturating_add(1));
    let more = if page.next.is_some() { " or more" } else { "" };
    let deliveries = if page.rows.len() == 1 { "delivery matches" } else { "deliveries match" };
    let which = if params.set().is_empty() { "deliveries" } else { "that match" };
    let base = &view.base;
    let page = Confirm {
        view: &view,
        change,
        title: format!("{} all {which}?", change.title()),
        facts: params.set().into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
        is_all: true,
        found: Some(format!("{}{more} {deliveries}.", page.rows.len()))
            .filter(|_| newest.is_some() || page.next.is_some()),
        action: format!("{base}{}{}", change.path(), params.before(newest.or(page.next)).query()),
        back: format!("{}{}", view.home, params.before(None).query()),
    };
    Ok(Html(page.render()?).into_response())
}

async fn change_all(
    FromState(log): FromState<Shared>,
    ask: Ask,
    change: Change,
) -> Result<Response, Problem> {
    let Ask { view, params, filter } = ask;
    let store = log.inbox.store().clone();
    // In time to say how far it came.
    let time = log.queries.timeout() / 2;
    let work = async move { change.all(&*store, filter, time).await };
    let tally = log.queries.run(work).await?;
    log.inbox.arrived().notify_one();
    tracing::info!(
        changed = tally.changed,
        left = tally.left,
        filters = params.query(),
        "{} all that match",
        change.path()
    );
    if view.is_json {
        return Ok(json::answer(&tally.json(change)));
    }
    let base = &view.base;
    let page = Changed {
        view: &view,
        change,
        count: tally.changed,
        left: tally.left,
        action: tally
            .next
            .map(|next| format!("{base}{}{}", change.path(), params.before(Some(next)).query())),
        back: format!("{}{}", view.home, params.before(None).query()),
    };
    Ok(Html(page.render()?).into_response())
}

impl Change {
    const fn path(self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Delete => "delete",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Replay => "Replay",
            Self::Delete => "Delete",
        }
    }

    /// Changes what matches, newest first, until it has changed enough or the time is up.
    async fn all(
        self,
        store: &dyn Store,
        mut filter: Filter,
        time: Duration,
    ) -> Result<Tally, StoreError> {
        let began = Instant::now();
        let mut tally = Tally { changed: 0, left: 0, next: None };
        loop {
            let page = store.list(&filter).await?;
            for row in &page.rows {
                if tally.changed == AT_A_TIME || began.elapsed() > time {
                    tally.next = Some(row.number.saturating_add(1));
                    return Ok(tally);
                }
                let is_changed = self.one(store, row).await?;
                *(if is_changed { &mut tally.changed } else { &mut tally.left }) += 1;
            }
            match page.next {
                Some(next) if began.elapsed() > time => {
                    tally.next = Some(next);
                    return Ok(tally);
                }
                Some(next) => filter.before = Some(next),
                None => return Ok(tally),
            }
        }
    }

    async fn one(self, store: &dyn Store, row: &Row) -> Result<bool, StoreError> {
        match self {
            Self::Replay if !row.state.can_be_replayed() => Ok(false),
            Self::Replay => {
                let replayed = store.replay(row.number, SystemTime::now().into()).await?;
                Ok(replayed == Replayed::Yes)
            }
            Self::Delete if row.state == State::Running => Ok(false),
            Self::Delete => store.delete(row.number).await,
        }
    }
}

/// What has come of a request to change all that match.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    changed: usize,
    left: usize,
    /// Where to go on, if that was not all.
    next: Option<Number>,
}

#[derive(Serialize)]
struct TallyJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<usize>,
    left: usize,
    next: Option<Number>,
}

impl Tally {
    fn json(&self, change: Change) -> TallyJson {
        let changed = |of: Change| (change == of).then_some(self.changed);
        TallyJson {
            replayed: changed(Change::Replay),
            deleted: changed(Change::Delete),
            left: self.left,
            next: self.next,
        }
    }
}

fn facts(row: &Row) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Endpoint", row.endpoint.clone()),
        ("Event", row.event.clone()),
        ("State", row.state.name().replace('-', " ")),
    ];
    facts.extend(row.delivery_id.clone().map(|id| ("Delivery id", id)));
    facts
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    view: &'a View,
    change: Change,
    title: String,
    facts: Vec<(&'static str, String)>,
    is_all: bool,
    /// How many match, if any do.
    found: Option<String>,
    action: String,
    back: String,
}

#[derive(Template)]
#[template(path = "changed.html")]
struct Changed<'a> {
    view: &'a View,
    change: Change,
    count: usize,
    left: usize,
    action: Option<String>,
    back: String,
}
