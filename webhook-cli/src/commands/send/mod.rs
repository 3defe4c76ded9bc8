mod sender;
mod unhappy;

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};
use futures_util::{TryStreamExt as _, stream};
use reqwest::Url;
use tokio::time::{MissedTickBehavior, interval};
use webhook_core::providers::Entry;

use self::sender::Sender;
use super::Outcome;
use crate::args::{Header, SigningArgs, header, provider};
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  webhook send voisnap --to http://127.0.0.1:3000/webhooks/voisnap --event SessionEnded
  webhook send github --secret-env GITHUB_SECRET --to http://127.0.0.1:3000/github --body push.json -H 'X-GitHub-Event: push'
  webhook send svara --to http://127.0.0.1:3000/webhooks/svara --event voice_note.sent --retry --time-scale 0.1
  webhook send samva --to http://127.0.0.1:3000/webhooks/samva --event message.failed --count 10000 --concurrency 50
  ! webhook send voxpria --to http://127.0.0.1:3000/webhooks/voxpria --event call.failed --tamper

`webhook providers NAME` lists the events that there are samples of, and the schedule.";

/// Send signed deliveries, as a provider would
#[derive(Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("what").required(true)))]
pub(super) struct SendArgs {
    /// The provider's name, as `webhook providers` lists it
    #[arg(value_parser = provider(), hide_possible_values = true)]
    provider: &'static Entry,
    /// The URL of the receiver
    #[arg(long, value_name = "URL")]
    to: Url,
    /// Send the sample of this event
    #[arg(long, value_name = "NAME", group = "what")]
    event: Option<String>,
    /// Send this file's bytes; `-` is standard input. With --count, each delivery has this same body
    #[arg(long, value_name = "FILE", group = "what")]
    body: Option<PathBuf>,
    /// Another header, or another value of one. May repeat
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<Header>,
    /// The method of the requests
    #[arg(long, default_value = "POST")]
    method: String,
    /// The delivery's id; with --count, all have it [default: random ones]
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    load: LoadArgs,
    #[command(flatten)]
    retry: RetryArgs,
    #[command(flatten)]
    unhappy: UnhappyArgs,
}

#[derive(Args)]
#[command(next_help_heading = "Load")]
struct LoadArgs {
    /// How many deliveries
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// How many deliveries a second at most
    #[arg(long, value_name = "R", value_parser = |text: &str| within(text, 0.001, 1e6))]
    rate: Option<f64>,
    /// How many at a time
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
}

#[derive(Args)]
#[command(next_help_heading = "Retries")]
struct RetryArgs {
    /// Send again what is not answered 2xx, when the provider would. Where it documents no exact waits, these are
    /// 1, 2, 4, 8 and 16 s
    #[arg(long)]
    retry: bool,
    /// Multiply the waits between attempts
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = |text: &str| within(text, 0.0, 1000.0))]
    time_scale: f64,
    /// How many seconds to wait for an answer [default: as the provider documents, or else 30]
    #[arg(long, value_name = "SECONDS", value_parser = |text: &str| within(text, 0.001, 86400.0))]
    deadline: Option<f64>,
}

#[derive(Args)]
#[command(next_help_heading = "Unhappy cases")]
struct UnhappyArgs {
    /// Change a byte of the body after it was signed
    #[arg(long)]
    tamper: bool,
    /// Sign this many seconds ago
    #[arg(long, value_name = "SECONDS")]
    stale: Option<u64>,
    /// Sign with a random secret
    #[arg(long)]
    forge: bool,
    /// Send each delivery so many times more, the same bytes
    #[arg(long, value_name = "N", default_value_t = 0)]
    duplicate: u32,
    /// Send each delivery once more under another id, without signing it again
    #[arg(long)]
    replay_id: bool,
}

fn within(text: &str, min: f64, max: f64) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (min..=max).contains(number));
    number.ok_or_else(|| format!("a number between {min} and {max} is needed"))
}

impl SendArgs {
    pub(super) async fn run(self, output: Output) -> Outcome {
        let sender = Sender::new(&self, output)?;
        sender.try_out()?;
        let LoadArgs { count, rate, concurrency } = self.load;
        let mut ticks = rate.map(|rate| interval(Duration::from_secs_f64(1.0 / rate)));
        if let Some(ticks) = &mut ticks {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let numbers = stream::unfold((1..=count, ticks), |(mut numbers, mut ticks)| async {
            let number = numbers.next()?;
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
            Some((Ok(number), (numbers, ticks)))
        });
        numbers
            .try_for_each_concurrent(usize::from(concurrency), |number| sender.deliver(number))
            .await?;
        sender.finish()
    }
}
