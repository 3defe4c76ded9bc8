//! The measurements: `cargo run --release -p webhook-benches`. See the README beside `Cargo.toml`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot be made should stop, and no request comes here"
)]
#![expect(clippy::cast_precision_loss, reason = "numbers for people")]

mod callgrind;
mod contestants;
mod http;
mod inbox;
mod layer;
mod memory;
mod stores;
mod timing;
mod verify;

use std::process::ExitCode;

use clap::Parser;
use webhook_benches::budgets::Budgets;

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
/// Measures the webhook crates beside the bare HMAC and beside their peers.
#[derive(Debug, Parser)]
struct Args {
    /// Counts the instructions of a few verifications, with valgrind.
    #[arg(long)]
    callgrind: bool,

    /// Measures receivers over HTTP, with wrk.
    #[arg(long)]
    http: bool,

    /// Measures how fast deliveries are claimed, and what they take of memory.
    #[arg(long)]
    claims: bool,

    /// Measures the inbox on SQLite, and on PostgreSQL if `DATABASE_URL` names an empty database.
    #[arg(long)]
    inbox: bool,

    /// Measures whether the time of a refusal tells that an endpoint does not exist.
    #[arg(long)]
    timing: bool,

    /// Is one of the receivers that `--http` measures.
    #[arg(long, hide = true)]
    serve: Option<http::Server>,

    /// Runs one contestant, and measures nothing.
    #[arg(long, hide = true, requires = "times")]
    only: Option<String>,
    #[arg(long, hide = true, default_value_t = 512)]
    size: usize,
    #[arg(long, hide = true)]
    times: Option<u32>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some((name, times)) = args.only.zip(args.times) {
        callgrind::only(&name, args.size, times);
        return ExitCode::SUCCESS;
    }
    if let Some(server) = args.serve {
        http::serve(server);
        return ExitCode::SUCCESS;
    }
    if args.callgrind {
        callgrind::run();
        return ExitCode::SUCCESS;
    }
    if args.claims {
        stores::run();
        return ExitCode::SUCCESS;
    }
    if args.inbox {
        let mut budgets = Budgets::default();
        inbox::run(&mut budgets);
        budgets.print();
        return if budgets.any_over() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    if args.timing {
        timing::run();
        return ExitCode::SUCCESS;
    }
    let mut budgets = Budgets::default();
    if args.http {
        http::run(&mut budgets);
    } else {
        memory::run(&mut budgets);
        layer::run(&mut budgets);
        verify::run(&mut budgets);
    }
    budgets.print();
    if budgets.any_over() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
