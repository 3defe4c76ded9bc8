//! Stores the webhooks of Svara, Samva, Voisnap and VoxPria, works on them later, and shows what became of them.
//!
//! The inbox is a SQLite file, or the PostgreSQL database at `DATABASE_URL`. With the argument `receive` or `work`, only
//! that part runs. See README.md.

#![forbid(unsafe_code)]

mod server;

use std::net::SocketAddr;
use std::{env, error::Error, future::pending, io, process::ExitCode, time::Duration};

use axum::Router;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::{select, sync::watch, task::JoinSet, time::sleep};
use tracing_subscriber::EnvFilter;
use webhook_core::SecretText;
use webhook_core::providers::{Credentials, find, samva, svara, voisnap, voxpria};
use webhook_inbox::{Inbox, Postgres, Sqlite, Work, WorkResult, Worker, log::Log};

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let log = tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter);
    match env::var("LOG_FORMAT").as_deref() {
        Ok("json") => log.json().init(),
        _ => log.init(),
    }
    let Err(wrong) = run(env::args().nth(1).as_deref()).await else { return ExitCode::SUCCESS };
    let cause = wrong.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    eprintln!("{wrong}{cause}");
    ExitCode::from(2)
}

/// Runs until it is asked to stop. Fails only before it begins, with what is wrong with the set-up.
async fn run(part: Option<&str>) -> Result<(), Box<dyn Error>> {
    if let Some(part) = part.filter(|part| !["receive", "work"].contains(part)) {
        return Err(format!("{part}: neither receive nor work").into());
    }
    let recorder = record_metrics()?;
    let inbox = match env::var("DATABASE_URL") {
        Ok(url) => Inbox::open(Postgres::connect(&url)?).await?,
        Err(_) => Inbox::open(Sqlite::file(variable("INBOX_FILE", "inbox.db"))?).await?,
    };
    let (stop, stopping) = watch::channel(());
    let mut parts = JoinSet::new();
    if part != Some("work") {
        let (listener, _) = listen("BIND", "127.0.0.1:3000", "listening on").await?;
        let app = receiver(&inbox)?;
        let stopped = stopped(&stopping);
        parts.spawn(server::run(listener, app, server::max_connections(), stopped));
    }
    // A worker beside a receiver would want the same address: it has one if it is told which.
    if part != Some("work") || env::var_os("LOG_BIND").is_some() {
        let (listener, address) = listen("LOG_BIND", "127.0.0.1:3001", "the log is at").await?;
        let log = match env::var_os("LOG_PASSWORD") {
            Some(_) => Log::new(&inbox).password_from_env("LOG_PASSWORD")?,
            None => Log::new(&inbox).local_only(),
        };
        log.check_address(address)?;
        let ops = inbox.health().merge(inbox.metrics(move || recorder.render()));
        let app = log.into_router().merge(ops);
        tokio::spawn(server::run(listener, app, 32, pending()));
    }
    if part != Some("receive") {
        parts.spawn(worker(&inbox).run_until(stopped(&stopping)));
    }
    let mut terminate = signal(SignalKind::terminate())?;
    select! { _ = terminate.recv() => {} _ = tokio::signal::ctrl_c() => {} }
    drop(stop);
    parts.join_all().await;
    Ok(())
}

/// Records metrics from now on, and sums them up every few seconds, since single samples would pile up.
fn record_metrics() -> Result<PrometheusHandle, BuildError> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let bytes = Matcher::Suffix("_bytes".to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(seconds, &[0.005, 0.05, 0.5, 1.0, 5.0, 60.0, 600.0, 3600.0, 36e3])?
        .set_buckets_for_metric(bytes, &[1024.0, 4096.0, 16384.0, 65536.0, 262_144.0, 1_048_576.0])?
        .install_recorder()?;
    let upkeep = recorder.clone();
    tokio::spawn(async move {
        loop {
            sleep(Duration::from_secs(5)).await;
            upkeep.run_upkeep();
        }
    });
    Ok(recorder)
}

fn receiver(inbox: &Inbox) -> Result<Router, Box<dyn Error>> {
    let mut app = Router::new();
    for name in ["svara", "samva", "voisnap", "voxpria"] {
        let text = SecretText::from_env(&format!("{}_WEBHOOK_SECRET", name.to_uppercase()))?;
        let secret = find(name).ok_or("no such provider")?.verifier(&Credentials::new(text))?;
        app = app.route(&format!("/webhooks/{name}"), inbox.receive(name, secret));
    }
    Ok(app)
}

/// Your work goes here: return `work.done()` once an event is dealt with, or an error to try again later.
fn worker(inbox: &Inbox) -> Worker {
    let days = Duration::from_secs(24 * 60 * 60);
    let worker = inbox.worker().concurrency(16).retention(30 * days);
    worker
        .on("svara", async |event: svara::Event, work| handled(&event.name, work))
        .on("samva", async |event: samva::Event, work| {
            handled(event.unsigned_name.as_deref().unwrap_or("-"), work)
        })
        .on("voisnap", async |event: voisnap::Event, work| handled(&event.name, work))
        .on("voxpria", async |event: voxpria::Event, work| handled(&event.name, work))
}

fn handled(event: &str, work: Work) -> WorkResult {
    println!("handled {} {event} {}", work.event().provider(), work.event().id());
    work.done()
}

fn stopped(stopping: &watch::Receiver<()>) -> impl Future<Output = ()> + Send + use<> {
    let mut stopping = stopping.clone();
    async move { _ = stopping.changed().await }
}

async fn listen(name: &str, default: &str, text: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(variable(name, default)).await;
    let listener = listener.inspect_err(|_| eprintln!("{name} cannot be used"))?;
    let address = listener.local_addr()?;
    println!("{text} http://{address}");
    Ok((listener, address))
}

fn variable(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}
