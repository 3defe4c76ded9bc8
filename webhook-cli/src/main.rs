//! The command line `webhook`: signs, verifies and sends webhooks as their providers do.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod failure;
mod http;
mod output;
mod request;
mod samples;
mod send;

use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    // What the libraries would log is for their users. This program has its own lines.
    _ = tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::new());
    commands::run(Cli::parse()).await
}
