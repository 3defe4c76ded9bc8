//! Stores the webhooks of Svara, Samva, Voisnap and VoxPria in PostgreSQL, works on them later, and shows
//! what came of them.
//!
//! Run with
//!
//! ```text
//! DATABASE_URL=postgres://postgres@localhost/inbox \
//!     SVARA_WEBHOOK_SECRET=svara-secret SAMVA_WEBHOOK_SECRET=samva-secret \
//!     VOISNAP_WEBHOOK_SECRET=whsec_voisnap VOXPRIA_WEBHOOK_SECRET=whsec_voxpria \
//!     cargo run -p example-postgres-inbox
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
//!
//! Then look at <http://127.0.0.1:3001/>. The first argument, `receiver`, `worker` or `log`, runs that part
//! only.

#![forbid(unsafe_code)]

mod attempts;
mod database;
mod inbox;
mod job;
mod log;
mod receiver;
mod retention;
mod secrets;
mod serve;
mod server;
mod settings;
mod stdout;
mod work;
mod worker;

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> ExitCode {
    log_to_stderr();
    match run(env::args().nth(1).as_deref()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}

/// Runs this part, or all, until asked to stop. Fails only at the start, with what is wrong with the set-up.
async fn run(part: Option<&str>) -> Result<(), String> {
    let (receives, works, shows) = match part {
        None => (true, true, true),
        Some("receiver") => (true, false, false),
        Some("worker") => (false, true, false),
        Some("log") => (false, false, true),
        Some(other) => return Err(format!("{other}: not one of receiver, worker, log")),
    };
    let stop = stop_when_asked().map_err(|error| format!("no signals: {error}"))?;
    // What is wrong with the settings is said before anything is connected to.
    let secrets = if receives { Some(secrets::Secrets::from_env()?) } else { None };
    let work = if works { Some(worker::Settings::from_env()?) } else { None };
    let access = if shows { Some(log::Access::from_env()?) } else { None };
    let max_attempts = job::max_attempts()?;
    let receiver_port =
        if receives { Some(serve::bind("BIND", "127.0.0.1:3000").await?) } else { None };
    let log_port =
        if shows { Some(serve::bind("LOG_BIND", "127.0.0.1:3001").await?) } else { None };
    if let (Some(access), Some(port)) = (&access, &log_port) {
        access.suits(port.address)?;
    }

    let pool = database::connect().await?;
    let jobs = job::Jobs::new(&pool, max_attempts);
    let receiver = async {
        if let (Some(secrets), Some(port)) = (secrets, receiver_port) {
            let inbox = inbox::Inbox::new(pool.clone(), jobs.clone());
            port.serve("listening", receiver::app(secrets, inbox), &stop).await;
        }
    };
    let worker = async {
        if let Some(settings) = work {
            worker::run(&pool, &settings, &stop).await;
        }
    };
    let log = async {
        if let (Some(access), Some(port)) = (access, log_port) {
            port.serve("delivery log", log::app(&pool, jobs.clone(), access), &stop).await;
        }
    };
    tokio::join!(receiver, worker, log);
    Ok(())
}

/// Cancelled on SIGTERM or Ctrl-C, which are listened for from the call on.
fn stop_when_asked() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        asked.cancel();
    });
    Ok(stop)
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
