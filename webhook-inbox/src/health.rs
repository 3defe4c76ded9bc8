//! What tells whether the service is well.

use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::StatusCode;
#[cfg(feature = "metrics")]
use axum::http::header::CONTENT_TYPE;
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
    /// - `/backlog`: how many deliveries are in which state, and how long the oldest has waited, as JSON.
    ///
    /// They tell nothing about the deliveries. Serve them where only your own systems reach them all the same.
    #[cfg_attr(feature = "metrics", doc = "For metrics there is [`metrics`](Self::metrics).")]
    pub fn health(&self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .route("/backlog", get(backlog))
            .with_state(self.clone())
    }

    /// A route `/metrics` with what your exporter renders. It sets the gauges of the backlog first, as
    /// [`record_backlog`](Self::record_backlog) does. If that fails, the gauges are NaN and a warning is logged.
    ///
    /// The exporter is yours, since a program has one for all its crates. Install it before the inbox is opened. [Running
    /// it](crate#running-it) shows how, and names the metrics.
    #[cfg(feature = "metrics")]
    pub fn metrics(&self, render: impl Fn() -> String + Clone + Send + Sync + 'static) -> Router {
        // In case the exporter was installed after the inbox was opened.
        crate::metrics::describe();
        let inbox = self.clone();
        let metrics = async move || {
            if let Err(error) = inbox.record_backlog().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the backlog is not known"
                );
            }
            ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], render())
        };
        Router::new().route("/metrics", get(metrics))
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
    let backlog = inbox.backlog(now).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let Backlog { oldest, counts } = backlog;
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
