//! Receives the webhooks of many tenants with axum, each with secrets of its own. See the README.

#![forbid(unsafe_code)]

mod admin;
mod database;
mod endpoints;
mod server;

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use webhook_tower::axum::Verified;
use webhook_tower::idempotency::{Claims, MemoryStore};
use webhook_tower::{Bytes, Deduplicate, VerifyWebhook};

use crate::admin::Admin;
use crate::database::Database;
use crate::endpoints::Tenants;

/// How many keys of deliveries are kept in memory, for a day each. With several processes, use a `RedisStore`.
const CAPACITY: usize = 500_000;
/// How many of them one endpoint may have, so that no tenant uses up what the others need.
const QUOTA: usize = CAPACITY / 100;
const BODY_LIMIT: usize = 1024 * 1024;
const MAX_BUFFERED: usize = 64 * BODY_LIMIT;
/// A sender waits for the body and the handler together: the strictest one, Voisnap, for 5 s.
const BODY_TIMEOUT: Duration = Duration::from_millis(2500);
const HANDLER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long requests may go on once the service was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    let filter =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    log.with_ansi(io::stderr().is_terminal()).init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}

/// Serves until it is asked to stop. Fails only before it listens, with what is wrong with the set-up.
async fn serve() -> Result<(), String> {
    let token = env::var("ADMIN_TOKEN").map_err(|error| format!("ADMIN_TOKEN: {error}"))?;
    if token.len() < 16 {
        return Err("ADMIN_TOKEN must have 16 characters at least".to_owned());
    }
    let path = PathBuf::from(env::var_os("DATABASE").unwrap_or_else(|| "tenants.db".into()));
    let database = Database::open(&path).await;
    let database =
        database.map_err(|error| format!("DATABASE={} cannot be used: {error}", path.display()))?;
    let tenants = Tenants::new(database.clone()).map_err(|error| error.to_string())?;
    let claims =
        Claims::new(MemoryStore::new(CAPACITY).quota(QUOTA)).handler_timeout(HANDLER_TIMEOUT);
    let admin = Admin { token: token.into(), database, tenants: tenants.clone() };
    let app = webhooks(tenants, &claims).merge(admin::routes(admin));

    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let unusable = |error| format!("BIND={bind} cannot be used: {error}");
    let listener = TcpListener::bind(&bind).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    let asked_to_stop = asked_to_stop().map_err(|error| format!("no signals: {error}"))?;
    println!("listening on http://{address}");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopped = async { _ = stopped.await };
    let server = tokio::spawn(server::run(listener, app, server::max_connections(), stopped));
    asked_to_stop.await;
    drop(stop);
    let finished = async {
        _ = server.await;
        claims.tasks().close();
        claims.tasks().wait().await;
    };
    if timeout(GRACE, finished).await.is_err() {
        tracing::warn!("not everything was finished at the end");
    }
    Ok(())
}

fn webhooks(tenants: Tenants, claims: &Claims) -> Router {
    let webhook = VerifyWebhook::per_request(move |parts| tenants.look_up(parts))
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT)
        .max_buffered(MAX_BUFFERED);
    // Each tenant's deliveries are claimed by themselves.
    let layers = (webhook, Deduplicate::new(claims.clone()));
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/webhooks/{tenant}/{provider}", post(handle).route_layer(layers))
}

/// Your work goes here. A provider's events are read with `svara::Event::from_delivery(&delivery)`.
async fn handle(Verified(delivery, body): Verified<Bytes>) -> impl IntoResponse {
    let (endpoint, id) = (delivery.endpoint().unwrap_or_default(), delivery.id().unwrap_or("-"));
    println!("handled {endpoint} {id}: {} bytes", body.len());
    ([(CONTENT_TYPE, "application/json")], r#"{"received":true}"#)
}

/// Completes on SIGTERM or Ctrl-C. Both are listened for from the call on, not from the first poll.
fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}
