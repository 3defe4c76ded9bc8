//! Receives the webhooks of Svara, Samva, Voisnap and VoxPria with axum.
//!
//! Run with
//!
//! ```text
//! SVARA_WEBHOOK_SECRET=svara-secret SAMVA_WEBHOOK_SECRET=samva-secret \
//!     VOISNAP_WEBHOOK_SECRET=whsec_voisnap VOXPRIA_WEBHOOK_SECRET=whsec_voxpria \
//!     cargo run -p example-axum-receiver
//! ```
//!
//! and send it what Svara would:
//!
//! ```text
//! $ body='{"event":"voice_note.sent"}'
//! $ signature=$(printf %s "$body" | openssl dgst -sha256 -hmac svara-secret -r | cut -d' ' -f1)
//! $ curl http://127.0.0.1:3000/webhooks/svara -H "X-Svara-Signature: $signature" -d "$body"
//! {"received":true}
//! ```

#![forbid(unsafe_code)]

mod app;
mod claims;
mod ops;
mod secrets;
mod server;
mod stdout;
mod work;

use std::env;
use std::ffi::OsStr;
use std::future::pending;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How long requests may go on once the service was asked to stop: longer than any is given.
const GRACE: Duration = Duration::from_secs(10);
/// Whoever watches the service.
const MAX_METRICS_CONNECTIONS: usize = 16;

#[tokio::main]
async fn main() -> ExitCode {
    log_to_stderr();
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
    let secrets = secrets::Secrets::from_env()?;
    let claims = claims::from_env()?;
    let readiness = ops::Readiness::new(&claims);
    let bind = env::var_os("BIND").unwrap_or_else(|| "127.0.0.1:3000".into());
    let (listener, address) = listen("BIND", &bind).await?;
    let asked_to_stop = asked_to_stop().map_err(|error| format!("no signals: {error}"))?;
    let hangups = signal(SignalKind::hangup()).map_err(|error| format!("no signals: {error}"))?;
    if let Some(bind) = env::var_os("METRICS_BIND") {
        let (listener, address) = listen("METRICS_BIND", &bind).await?;
        let app = ops::metrics(ops::record_metrics()?).merge(readiness.routes());
        stdout::line(format_args!("metrics on http://{address}/metrics"));
        tokio::spawn(server::run(listener, app, MAX_METRICS_CONNECTIONS, pending()));
    }
    stdout::line(format_args!("listening on http://{address}"));

    secrets.files.watch();
    tokio::spawn(on_hangup(hangups, secrets.files.clone()));
    let app = app::app(secrets, &claims, &readiness);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = server::run(listener, app, server::max_connections(), async { _ = stopped.await });
    let server = tokio::spawn(server);
    asked_to_stop.await;
    readiness.stop();
    drop(stop);
    let finished = async {
        _ = server.await;
        // What is still being handled, for senders that have hung up.
        claims.tasks().close();
        claims.tasks().wait().await;
    };
    // A client that never ends its request would else be waited for as long as it likes.
    if timeout(GRACE, finished).await.is_err() {
        tracing::warn!("not everything was finished at the end");
    }
    Ok(())
}

async fn listen(variable: &str, bind: &OsStr) -> Result<(TcpListener, SocketAddr), String> {
    let bind = bind.to_string_lossy();
    let unusable = |error| format!("{variable}={bind} cannot be used: {error}");
    let listener = TcpListener::bind(&*bind).await.map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ok((listener, address))
}

/// Reads the files of secrets again on each SIGHUP.
async fn on_hangup(mut hangups: Signal, files: secrets::Files) {
    while hangups.recv().await.is_some() {
        files.reload();
    }
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

fn log_to_stderr() {
    let filter =
        EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}
