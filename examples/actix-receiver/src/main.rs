//! Receives the webhooks of Svara, Samva, Voisnap and VoxPria with actix-web.
//!
//! Run with
//!
//! ```text
//! SVARA_WEBHOOK_SECRET=svara-secret SAMVA_WEBHOOK_SECRET=samva-secret \
//!     VOISNAP_WEBHOOK_SECRET=whsec_voisnap VOXPRIA_WEBHOOK_SECRET=whsec_voxpria \
//!     cargo run -p example-actix-receiver
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
mod stdout;
mod unread;
mod work;

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use actix_web::http::KeepAlive;
use actix_web::rt::time::timeout;
use actix_web::{App, HttpServer, rt};
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The most connections, if there are descriptors for them.
const MAX_CONNECTIONS: usize = 4096;
/// Descriptors for everything else, such as connections to stores.
const OTHER_DESCRIPTORS: usize = 64;
/// How long a connection may take to send the head of its request. When all connections are taken, senders
/// wait for so long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a client may take to read the end of an answer, or to stop sending.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long requests may go on once the service was asked to stop: longer than any is given.
const GRACE: Duration = Duration::from_secs(10);
/// Whoever watches the service.
const MAX_METRICS_CONNECTIONS: usize = 16;

#[actix_web::main]
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
    let (listener, address) = listen("BIND", &bind)?;
    let asked_to_stop = asked_to_stop().map_err(|error| format!("no signals: {error}"))?;
    let hangups = signal(SignalKind::hangup()).map_err(|error| format!("no signals: {error}"))?;
    if let Some(bind) = env::var_os("METRICS_BIND") {
        serve_metrics(&bind, &readiness)?;
    }

    secrets.files.watch();
    rt::spawn(on_hangup(hangups, secrets.files.clone()));
    // Once, not in the factory, which runs for every worker: clones share their memory budget and claims.
    let webhooks = app::Webhooks::new(secrets, &claims, &readiness);
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let server = HttpServer::new(move || App::new().configure(|config| webhooks.routes(config)))
        .workers(workers)
        .max_connections((max_connections() / workers).max(1))
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(CLOSE_TIMEOUT)
        // A request for each connection: on a second one actix-http 3.20 would wait for the head for ever.
        .keep_alive(KeepAlive::Disabled)
        .disable_signals()
        .listen(listener)
        .map_err(|error| format!("{address} cannot be used: {error}"))?;
    stdout::line(format_args!("listening on http://{address}"));

    let server = server.run();
    let handle = server.handle();
    let stop = async {
        asked_to_stop.await;
        readiness.stop();
        let finished = async {
            // What is still being handled for senders that have hung up would end with its worker, which
            // waits for connections only.
            handle.pause().await;
            claims.tasks().close();
            claims.tasks().wait().await;
            handle.stop(true).await;
        };
        // A client that never ends its request would else be waited for as long as it likes.
        if timeout(GRACE, finished).await.is_err() {
            tracing::warn!("not everything was finished at the end");
        }
    };
    select! {
        ended = server => ended.map_err(|error| error.to_string()),
        () = stop => Ok(()),
    }
}

fn listen(variable: &str, bind: &OsStr) -> Result<(TcpListener, SocketAddr), String> {
    let bind = bind.to_string_lossy();
    let unusable = |error| format!("{variable}={bind} cannot be used: {error}");
    let listener = TcpListener::bind(&*bind).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Ok((listener, address))
}

/// Serves the metrics at an address of their own, until the program ends.
fn serve_metrics(bind: &OsStr, readiness: &ops::Readiness) -> Result<(), String> {
    let (listener, address) = listen("METRICS_BIND", bind)?;
    let (metrics, readiness) = (ops::record_metrics()?, readiness.clone());
    let app = move || {
        let routes = |config: &mut _| ops::metrics(metrics.clone(), config);
        App::new().configure(routes).configure(|config| readiness.routes(config))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(MAX_METRICS_CONNECTIONS)
        .disable_signals()
        .listen(listener)
        .map_err(|error| format!("{address} cannot be used: {error}"))?;
    rt::spawn(server.run());
    stdout::line(format_args!("metrics on http://{address}/metrics"));
    Ok(())
}

/// As many connections as there are descriptors for. Raises the soft limit of descriptors if it can.
fn max_connections() -> usize {
    let wanted = (MAX_CONNECTIONS + OTHER_DESCRIPTORS) as u64;
    let descriptors = rlimit::increase_nofile_limit(wanted).unwrap_or(256).min(wanted);
    usize::try_from(descriptors).unwrap_or(0).saturating_sub(OTHER_DESCRIPTORS)
}

/// Reads the files of secrets again on each SIGHUP.
async fn on_hangup(mut hangups: Signal, files: secrets::Files) {
    while hangups.recv().await.is_some() {
        files.reload();
    }
}

/// Completes on SIGTERM or Ctrl-C. Both are listened for from the call on, not from the first poll.
///
/// actix-web's own handling of signals begins only when the server is polled, and on Ctrl-C it does not
/// finish what is in flight.
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
