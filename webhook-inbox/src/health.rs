//! What tells whether the service is well.

use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::time::timeout;
use webhook_core::UnixTime;

use crate::Inbox;
use crate::store::Backlog;

/// How long the database may take to answer.
const LIMIT: Duration = Duration::from_secs(2);

impl Inbox {
    /// Routes for whoever watches the service:
    ///
    /// - `/livez`: 200 for as long as the process serves.
    /// - `/readyz`: 200 if the database can be written to, otherwise 503.
    /// - `/backlog`: how many deliveries are in which state, and how long the oldest has waited, as JSON. With the feature
    ///   `metrics`, the gauges are set, too: ask for it before each scrape, or call
    ///   [`record_backlog`](Self::record_backlog).
    ///
    /// They tell nothing about the deliveries. Serve them where only your own systems reach them all the same.
    pub fn health(&self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .route("/backlog", get(backlog))
            .with_state(self.clone())
    }
}

async fn ready(State(inbox): State<Inbox>) -> (StatusCode, &'static str) {
    match timeout(LIMIT, inbox.store().ready()).await {
        Ok(Ok(())) => (StatusCode::OK, "ok"),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written to")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

#[derive(Serialize)]
struct Answer {
    waiting: u64,
    held: u64,
    failed: u64,
    running: u64,
    done: u64,
    given_up: u64,
    kept: u64,
    rejected: u64,
    oldest_seconds: Option<u64>,
}

async fn backlog(State(inbox): State<Inbox>) -> Result<Json<Answer>, StatusCode> {
    let now: UnixTime = SystemTime::now().into();
    let backlog = timeout(LIMIT, inbox.store().backlog(now)).await;
    let Ok(Ok(Backlog { oldest, counts })) = backlog else {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    };
    #[cfg(feature = "metrics")]
    crate::metrics::backlog(&Backlog { oldest, counts }, now);
    Ok(Json(Answer {
        waiting: counts.waiting,
        held: counts.held,
        failed: counts.failed,
        running: counts.running,
        done: counts.done,
        given_up: counts.given_up,
        kept: counts.kept,
        rejected: counts.rejected,
        oldest_seconds: oldest.map(|oldest| now.as_secs().saturating_sub(oldest.as_secs())),
    }))
}
