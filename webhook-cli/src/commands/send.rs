use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use backon::Retryable as _;
use clap::{ArgGroup, Args};
use futures_util::{TryStreamExt as _, stream};
use reqwest::Url;
use tokio::time::{MissedTickBehavior, interval, sleep};
use webhook_core::providers::Entry;
use webhook_core::{Bytes, UnixTime};

use super::Outcome;
use crate::args::{Header, SigningArgs, header, now, provider, read_input, rfc3339};
use crate::failure::Failure;
use crate::output::Output;
use crate::samples;
use crate::send::{Attempt, Client, Report, Request, Schedule, Sent, Signer, Unsigned, fresh_id};

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
        let Sender { report, schedule, .. } = sender;
        report.into_inner().finish(count, &schedule)
    }
}

/// Sends the deliveries of one command.
struct Sender<'a> {
    args: &'a SendArgs,
    signer: Signer,
    client: Client,
    schedule: Schedule,
    /// What `--body` holds.
    body: Option<Bytes>,
    report: RefCell<Report>,
}

/// Why an attempt is not the last one, or ends everything.
enum Stopped {
    Refused(Box<Attempt>),
    Failed(Failure),
}

impl<'a> Sender<'a> {
    fn new(args: &'a SendArgs, output: Output) -> Result<Self, Failure> {
        let entry = args.provider;
        if !matches!(args.to.scheme(), "http" | "https") {
            return Err(Failure::set_up("--to is no http or https URL"));
        }
        let body = args.body.as_deref().map(read_input).transpose()?;
        let secret = args.signing.read(output)?;
        let url = args.signing.url.as_deref().unwrap_or(args.to.as_str());
        let mut schedule =
            if args.retry.retry { Schedule::of(entry) } else { Schedule::once(entry) };
        if let Some(secs) = args.retry.deadline {
            schedule.deadline = Duration::from_secs_f64(secs);
        }
        if args.retry.retry && !schedule.documented {
            output.warn(format!(
                "{} does not document when it sends again: the waits are assumed",
                entry.title()
            ));
        }
        let client = Client::new(args.to.clone(), &args.method, schedule.deadline, secret.clone())?;
        Ok(Self {
            args,
            signer: Signer::new(entry, secret, Some(url))?,
            client,
            schedule,
            body: body.map(Bytes::from),
            report: RefCell::new(Report::new(output, args.load.count)?),
        })
    }

    /// Signs once without sending, so that a wrong set-up shows before anything is sent.
    fn try_out(&self) -> Result<(), Failure> {
        let (entry, id) = (self.args.provider, fresh_id());
        if self.args.unhappy.stale.is_some() && entry.default_tolerance().is_none() {
            let title = entry.title();
            return Err(Failure::set_up(format!("{title} signs no time: nothing of it is stale")));
        }
        let request = self.request(&id)?;
        if self.args.unhappy.replay_id && replayed(&request, &id).is_none() {
            let title = entry.title();
            return Err(Failure::set_up(format!("{title} sends no delivery id in a header")));
        }
        Ok(())
    }

    /// Sends a delivery and its copies.
    async fn deliver(&self, number: u64) -> Result<(), Failure> {
        let id = self.args.id.clone().unwrap_or_else(fresh_id);
        let message = self.message(&id)?;
        // Each attempt is signed anew, as providers do.
        let last = RefCell::new(None);
        self.attempts(number, Sent::Delivery, &id, || {
            let request = self.signed(&message, &id)?;
            *last.borrow_mut() = Some(request.clone());
            Ok(request)
        })
        .await?;
        let Some(request) = last.into_inner() else { return Ok(()) };
        for _ in 0..self.args.unhappy.duplicate {
            self.attempts(number, Sent::Duplicate, &id, || Ok(request.clone())).await?;
        }
        if let Some(replay) = replayed(&request, &id).filter(|_| self.args.unhappy.replay_id) {
            self.attempts(number, Sent::Replay, &id, || Ok(replay.clone())).await?;
        }
        self.report.borrow().delivered();
        Ok(())
    }

    /// Sends until it is accepted or the schedule ends.
    async fn attempts(
        &self,
        number: u64,
        sent: Sent,
        id: &str,
        request: impl Fn() -> Result<Request, Failure>,
    ) -> Result<(), Failure> {
        let count = Cell::new(0);
        let attempt = || async {
            count.set(count.get() + 1);
            let request = request().map_err(Stopped::Failed)?;
            let answer = self.client.send(&request).await;
            let attempt = Attempt::new(number, sent, id, count.get(), answer);
            if attempt.is_accepted() {
                Ok(attempt)
            } else {
                Err(Stopped::Refused(Box::new(attempt)))
            }
        };
        let scale = self.args.retry.time_scale;
        let waiting = |stopped: &Stopped, delay| {
            if let Stopped::Refused(attempt) = stopped {
                self.report.borrow_mut().add(&attempt.retried_in(delay), false);
            }
        };
        let end = attempt
            .retry(self.schedule.delays.clone().into_iter())
            .sleep(move |delay: Duration| sleep(delay.mul_f64(scale)))
            .when(|stopped| matches!(stopped, Stopped::Refused(_)))
            .notify(waiting)
            .await;
        match end {
            Ok(attempt) => self.report.borrow_mut().add(&attempt, true),
            Err(Stopped::Refused(attempt)) => self.report.borrow_mut().add(&attempt, true),
            Err(Stopped::Failed(failure)) => return Err(failure),
        }
        Ok(())
    }

    /// What is signed: a fresh sample, or the body that was given.
    fn message(&self, id: &str) -> Result<Request, Failure> {
        let mut message = match (&self.body, &self.args.event) {
            (Some(body), _) => Request { headers: Vec::new(), body: body.clone() },
            (None, event) => self.sample(event.as_deref().unwrap_or_default(), id)?,
        };
        let given = &self.args.header;
        let is_given = |name: &str| given.iter().any(|(each, _)| each.eq_ignore_ascii_case(name));
        message.headers.retain(|(name, _)| !is_given(name));
        message.headers.extend(given.iter().cloned());
        Ok(message)
    }

    fn sample(&self, event: &str, id: &str) -> Result<Request, Failure> {
        let provider = self.args.provider;
        let short = id.get(..12).unwrap_or(id);
        let sample = samples::sample(provider.name(), event, short, &rfc3339(now()));
        let sample = sample.ok_or_else(|| {
            let (title, names) = (provider.title(), samples::names(provider.name()).join(", "));
            Failure::set_up(match &*names {
                "" => format!("there are no samples of {title}: give a body with --body"),
                names => format!("{title} has no event of this name, but {names}"),
            })
        })?;
        let headers = sample.headers.into_iter();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let headers = headers.map(|(name, value)| (name, text(value))).collect();
        Ok(Request { headers, body: sample.body })
    }

    fn request(&self, id: &str) -> Result<Request, Failure> {
        self.signed(&self.message(id)?, id)
    }

    /// Signs as asked: truly, some time ago, or as someone who does not know the secret.
    fn signed(&self, message: &Request, id: &str) -> Result<Request, Failure> {
        let UnhappyArgs { tamper, stale, forge, .. } = self.args.unhappy;
        let unsigned = Unsigned {
            method: &self.args.method,
            target: &target(&self.args.to),
            headers: &message.headers,
            body: &message.body,
        };
        let now = now().as_millis().saturating_sub(stale.unwrap_or(0).saturating_mul(1000));
        let now = UnixTime::from_millis(now);
        let headers = if forge {
            self.signer.forger(&unsigned)?.sign(&unsigned, id, now)?
        } else {
            self.signer.sign(&unsigned, id, now)?
        };
        let body = if tamper { tampered(&message.body) } else { message.body.clone() };
        Ok(Request { headers, body })
    }
}

fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The body with a bit in its middle changed.
fn tampered(body: &Bytes) -> Bytes {
    let mut body = body.to_vec();
    let middle = body.len() / 2;
    match body.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => body.push(b' '),
    }
    body.into()
}

/// The request under another id, if its id is in a header.
fn replayed(request: &Request, id: &str) -> Option<Request> {
    let mut replay = request.clone();
    let headers = replay.headers.iter_mut().filter(|(_, value)| value == id);
    let count = headers.map(|(_, value)| *value = fresh_id()).count();
    (count > 0).then_some(replay)
}
