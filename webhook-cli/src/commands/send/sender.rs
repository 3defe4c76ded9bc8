use std::cell::{Cell, RefCell};
use std::time::Duration;

use backon::Retryable as _;
use reqwest::Method;
use tokio::time::sleep;
use webhook_core::{Bytes, UnixTime};

use super::super::Outcome;
use super::unhappy::{replayed, tampered};
use super::{SendArgs, UnhappyArgs};
use crate::args::{now, read_input, rfc3339};
use crate::failure::Failure;
use crate::output::Output;
use crate::samples;
use crate::send::{
    Attempt, Client, Report, Request, Schedule, Sent, Signer, Unsigned, fresh_id, target,
};

/// Sends the deliveries of one command.
pub(super) struct Sender<'a> {
    args: &'a SendArgs,
    signer: Signer,
    client: Client,
    method: Method,
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
    pub(super) fn new(args: &'a SendArgs, output: Output) -> Result<Self, Failure> {
        let entry = args.provider;
        let body = args.body.as_deref().map(read_input).transpose()?;
        let secret = args.signing.read(output)?;
        let url = args.signing.url.as_deref().unwrap_or(args.to.as_str());
        let mut schedule =
            if args.retry.retry { Schedule::of(entry) } else { Schedule::once(entry) };
        if let Some(secs) = args.retry.deadline {
            schedule = schedule.with_deadline(Duration::from_secs_f64(secs));
        }
        if args.retry.retry && !schedule.delays_documented {
            output.warn(format!(
                "{} does not document when it sends again: the waits are assumed",
                entry.title()
            ));
        }
        let client = Client::new(args.to.clone(), schedule.deadline, vec![secret.clone()])?;
        let method = Method::from_bytes(args.method.as_bytes())
            .map_err(|_| Failure::set_up("--method is no HTTP method"))?;
        Ok(Self {
            args,
            signer: Signer::new(entry, secret, Some(url))?,
            client,
            method,
            schedule,
            body: body.map(Bytes::from),
            report: RefCell::new(Report::new(output, args.load.count)?),
        })
    }

    /// Signs once without sending, so that a wrong set-up shows before anything is sent.
    pub(super) fn try_out(&self) -> Result<(), Failure> {
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
    pub(super) async fn deliver(&self, number: u64) -> Result<(), Failure> {
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

    /// Prints the summary.
    pub(super) fn finish(self) -> Outcome {
        self.report.into_inner().finish(self.args.load.count, &self.schedule)
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
            let answer = self.client.send(&self.method, &request.headers, request.body).await;
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
