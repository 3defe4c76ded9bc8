//! A tour: four providers' deliveries, genuine and forged, at an axum and an actix-web receiver.
//!
//! Run with `cargo run -p example-tour`; with `-- --serve` the receivers stay up, to be tried by hand.

#![forbid(unsafe_code)]

mod cases;
mod play;
mod providers;
mod receivers;
mod request;
mod sender;
mod serve;
mod table;

use std::error::Error;
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use webhook_tower::UnixTime;

use crate::receivers::Receivers;
use crate::sender::Sender;

/// Plays genuine and forged webhooks of four providers against an axum and an actix-web receiver, and
/// shows what each answers. Exits with 1 if an answer is not as expected.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Keep the receivers up and print shell lines that sign and send deliveries to them.
    ///
    /// SVARA_WEBHOOK_SECRET, SAMVA_WEBHOOK_SECRET, VOISNAP_WEBHOOK_SECRET and VOXPRIA_WEBHOOK_SECRET
    /// set the secrets; those that are not set are random.
    #[arg(long)]
    serve: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = if Args::parse().serve { serve::run().await } else { tour().await };
    done.unwrap_or_else(|error| {
        eprintln!("example-tour: {error}");
        ExitCode::FAILURE
    })
}

async fn tour() -> Result<ExitCode, Box<dyn Error>> {
    let senders = Sender::with_fresh_secrets();
    let receivers = Receivers::start(&senders)?;
    let cases = cases::all(&senders, UnixTime::from(SystemTime::now()))?;
    let rows = play::all(cases, &receivers).await?;
    let as_expected = table::print(&mut anstream::stdout(), &rows)?;
    Ok(if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
