//! What both programs do as processes: log, read numbers from the environment, stop when asked to.

use std::env;
use std::io::{self, IsTerminal};
use std::ops::RangeInclusive;
use std::process::ExitCode;

use tokio::select;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Runs a program that fails only before it begins, with what is wrong with the set-up: status 2.
pub async fn run(program: impl Future<Output = Result<(), String>>) -> ExitCode {
    log_to_stderr();
    match program.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}

/// The number in a variable, or what it is unless set.
pub fn number(name: &str, unless_set: u64, range: RangeInclusive<u64>) -> Result<u64, String> {
    let Some(text) = env::var_os(name) else { return Ok(unless_set) };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| format!("{name} is not a number from {} to {}", range.start(), range.end()))
}

/// Completes on SIGTERM or Ctrl-C. Both are listened for from the call on, not from the first poll.
pub fn asked_to_stop() -> Result<impl Future<Output = ()> + Send, String> {
    let listen = |kind| signal(kind).map_err(|error| format!("no signals: {error}"));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
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
