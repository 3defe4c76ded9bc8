//! The commands, one file each.

mod completions;
mod endpoints;
mod explain;
mod listen;
mod man;
mod providers;
mod replay;
mod send;
mod sign;
mod verify;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;
use crate::output::Output;

const GOOD: u8 = 0;
const REJECTED: u8 = 1;
const SET_UP: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  webhook providers stripe
  webhook sign github --secret-env GITHUB_WEBHOOK_SECRET --body event.json
  webhook verify stripe --secret-file secret.txt --request captured.http
  webhook explain stripe --secret-file secret.txt --request captured.http
  webhook send svara --to http://127.0.0.1:3000/webhooks/svara --event voice_note.sent
  webhook listen svara --forward http://127.0.0.1:3000/webhooks/svara

Secrets are given by --secret-env NAME or --secret-file FILE, or asked for on a terminal. They are never printed.

Exit status: 0 verified, sent or accepted; 1 rejected; 2 usage or set-up.";

/// Signs, verifies, explains and sends webhooks as their providers do: offline and without an account.
#[derive(Parser)]
#[command(name = "webhook", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Print one JSON object a line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Providers(providers::ProvidersArgs),
    Sign(sign::SignArgs),
    Verify(verify::VerifyArgs),
    Explain(explain::ExplainArgs),
    Send(send::SendArgs),
    Listen(listen::ListenArgs),
    Replay(replay::ReplayArgs),
    Endpoints(endpoints::EndpointsArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Whether all is well: verified, sent or accepted. Otherwise it was rejected.
pub(crate) type Outcome = Result<bool, Failure>;

pub(crate) async fn run(cli: Cli) -> ExitCode {
    let output = Output { json: cli.json };
    let outcome = match cli.command {
        Command::Providers(args) => args.run(output),
        Command::Sign(args) => args.run(output),
        Command::Verify(args) => args.run(output),
        Command::Explain(args) => args.run(output),
        Command::Send(args) => args.run(output).await,
        Command::Listen(args) => args.run(output).await,
        Command::Replay(args) => args.run(output).await,
        Command::Endpoints(args) => args.run(output).await,
        Command::Completions(args) => args.run(output),
        Command::Man(args) => args.run(output),
    };
    ExitCode::from(match outcome {
        Ok(true) => GOOD,
        Ok(false) => REJECTED,
        Err(Failure::Rejected(message)) => {
            output.error(message);
            REJECTED
        }
        Err(Failure::SetUp(message)) => {
            output.error(message);
            SET_UP
        }
        // Whoever closed the pipe has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => GOOD,
        Err(Failure::Output(error)) => {
            output.error(format!("standard output: {error}"));
            SET_UP
        }
    })
}
