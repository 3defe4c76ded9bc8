use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use backon::BackoffBuilder as _;
use futures_util::FutureExt as _;
use tokio::select;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use webhook_core::{CloudEvent, UnixTime};

use super::{Work, WorkError, WorkResult, Worker};
use crate::endpoint::after;
use crate::store::{Claimed, Number, Outcome, Settled, Turn};

/// A longer error is cut.
const MAX_ERROR: usize = 2000;

/// How many old deliveries are removed at a time, and the pause after that.
const FORGET: (usize, Duration) = (500, Duration::from_millis(100));

/// How long a worker that is stopping tries to note what has ended, after the grace.
const NOTE: Duration = Duration::from_secs(2);

/// The pause between two looks for endpoints that nothing is known of.
const TELL: Duration = Duration::from_secs(10);

/// The pause between two looks for old deliveries.
const LOOK: Duration = Duration::from_mins(1);

impl Worker {
    /// Works until the future completes, and then as long as the [grace](Self::grace) lets it. A database that cannot be
    /// reached is waited for, but after the grace only for a few seconds more: what could not be noted is done again.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let worker: Arc<str> = name().into();
        // They end with this set.
        let mut beside = JoinSet::new();
        let (held, holding) = watch::channel(Vec::new());
        let (inbox, name) = (self.inbox.clone(), worker.clone());
        beside.spawn(keep_alive(inbox, name, holding, self.lease, self.attempts));
        beside.spawn(tell_unknown(self.inbox.clone(), self.handlers.keys().cloned().collect()));
        if let Some(retention) = self.retention {
            beside.spawn(forget(self.inbox.clone(), retention));
        }
        let stop = stop.fuse();
        let mut stop = pin!(stop);
        let mut running = Running::default();
        let mut endpoints: Vec<String> = self.handlers.keys().cloned().collect();
        let mut is_stopping = false;
        let mut patience = pin!(sleep(Duration::ZERO));
        loop {
            // Each is the first in turn, so that none waits for the backlog of another.
            if let Some(first) = endpoints.pop() {
                endpoints.insert(0, first);
            }
            let is_full = self.turn(&worker, &endpoints, &mut running, is_stopping).await;
            held.send_replace(running.numbers());
            if is_stopping && running.is_empty() {
                return;
            }
            select! {
                biased;
                () = &mut stop, if !is_stopping => {
                    is_stopping = true;
                    patience.set(sleep(self.grace));
                }
                () = &mut patience, if is_stopping => {
                    if running.is_stopped {
                        tracing::error!(
                            deliveries = running.numbers().len(),
                            "the worker stops without having noted what became of these: they are worked on again"
                        );
                        return;
                    }
                    running.stop();
                    patience.set(sleep(NOTE));
                }
                () = running.next() => {}
                () = self.inbox.arrived().notified(), if !is_full && !is_stopping => {}
                () = sleep(self.poll), if !is_full && !is_stopping => {}
            }
        }
    }

    /// Works for as long as the process lives.
    pub async fn run(self) {
        self.run_until(std::future::pending()).await;
    }

    /// Notes what has ended and begins what there is room for. Returns whether there is no room left.
    async fn turn(
        &self,
        worker: &Arc<str>,
        endpoints: &[String],
        running: &mut Running,
        is_stopping: bool,
    ) -> bool {
        let room = if is_stopping { 0 } else { self.concurrency.saturating_sub(running.len()) };
        if room == 0 && running.settled.is_empty() {
            return true;
        }
        let turn = Turn {
            worker,
            now: now(),
            lease: self.lease,
            settled: running.settled.clone(),
            want: room,
            endpoints,
        };
        match self.inbox.store().turn(turn).await {
            Ok(claimed) => {
                running.settled.clear();
                let is_full = claimed.len() == room;
                for claimed in claimed {
                    self.begin(worker, claimed, running);
                }
                is_full
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the worker has no database"
                );
                // What has ended is noted later.
                sleep(self.poll.max(Duration::from_millis(500))).await;
                false
            }
        }
    }

    fn begin(&self, worker: &Arc<str>, claimed: Claimed, running: &mut Running) {
        let Claimed { number, attempt, endpoint, record, body, .. } = claimed;
        let started = now();
        // It asks for those only that it has a handler for.
        let Some(handler) = self.handlers.get(&endpoint).cloned() else { return };
        let (store, worker) = (self.inbox.store().clone(), worker.clone());
        let limit = self.attempt_timeout;
        let work = async move {
            let event = CloudEvent::from_json_and_body(record.as_bytes(), body);
            let event = Arc::new(event.map_err(WorkError::final_failure)?);
            if !event.is_verified() {
                // Whoever replays it cannot make it authentic.
                return Err(WorkError::final_failure("the request was not verified"));
            }
            let work = Work { number, attempt, started, event, store, worker };
            let noted = work.clone();
            match timeout(limit, handler.handle(work)).await {
                Ok(Ok(done)) if done.is_noted => noted.check_committed().await.map(|()| done),
                Ok(result) => result,
                Err(_) => Err(format!("the work took longer than {limit:?}").into()),
            }
        };
        let (attempts, backoff, longest) = (self.attempts, self.backoff, self.longest);
        running.spawn(number, attempt, started, async move {
            let result = AssertUnwindSafe(work).catch_unwind().await;
            let result = result.unwrap_or_else(|_| Err("the work panicked".into()));
            let ended = now();
            let wait = || {
                let nth = usize::try_from(attempt).unwrap_or(usize::MAX).saturating_sub(1);
                backoff.build().nth(nth.min(64)).unwrap_or(longest).min(longest)
            };
            let outcome = outcome(&endpoint, number, attempt, attempts, result, ended, wait);
            #[cfg(feature = "metrics")]
            crate::metrics::attempted(&endpoint, outcome.as_ref(), claimed.received, ended);
            outcome.map(|outcome| Settled { number, attempt, started, ended, outcome })
        });
    }
}

/// What is to be noted, if anything is.
fn outcome(
    endpoint: &str,
    number: Number,
    attempt: u32,
    attempts: u32,
    result: WorkResult,
    ended: UnixTime,
    wait: impl FnOnce() -> Duration,
) -> Option<Outcome> {
    let error = match result {
        Ok(done) if done.is_noted => return None,
        Ok(_) => return Some(Outcome::Done),
        Err(error) => error,
    };
    let text = error.to_string().chars().filter(|char| *char != '\0').take(MAX_ERROR).collect();
    if error.is_final || attempt >= attempts {
        tracing::error!(endpoint, delivery = number, attempt, %error, "the work is given up");
        return Some(Outcome::GivenUp { error: text });
    }
    let wait = error.retry_after.unwrap_or_else(wait);
    tracing::warn!(endpoint, delivery = number, attempt, %error, ?wait, "the work failed and is tried again");
    Some(Outcome::Retry { error: text, at: after(ended, wait) })
}

/// What is being worked on, and what has ended but is not noted yet.
#[derive(Default)]
struct Running {
    tasks: JoinSet<Option<Settled>>,
    attempts: HashMap<tokio::task::Id, (Number, u32, UnixTime, AbortHandle)>,
    settled: Vec<Settled>,
    is_stopped: bool,
}

impl Running {
    fn len(&self) -> usize {
        self.attempts.len()
    }

    fn is_empty(&self) -> bool {
        self.attempts.is_empty() && self.settled.is_empty()
    }

    /// The deliveries that are held for it.
    fn numbers(&self) -> Vec<Number> {
        let running = self.attempts.values().map(|(number, ..)| *number);
        running.chain(self.settled.iter().map(|settled| settled.number)).collect()
    }

    fn spawn(
        &mut self,
        number: Number,
        attempt: u32,
        started: UnixTime,
        work: impl Future<Output = Option<Settled>> + Send + 'static,
    ) {
        let task = self.tasks.spawn(work);
        self.attempts.insert(task.id(), (number, attempt, started, task));
    }

    /// Waits for work to end, and takes all that has ended.
    async fn next(&mut self) {
        if !self.settled.is_empty() {
            // It is to be noted, now or later.
            return;
        }
        let Some(first) = self.tasks.join_next_with_id().await else {
            return std::future::pending().await;
        };
        self.take(first);
        // Others may be about to end, too.
        tokio::task::yield_now().await;
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.take(ended);
        }
    }

    fn take(&mut self, ended: Result<(tokio::task::Id, Option<Settled>), tokio::task::JoinError>) {
        match ended {
            Ok((id, settled)) => {
                self.attempts.remove(&id);
                self.settled.extend(settled);
            }
            Err(error) => {
                let Some((number, attempt, started, _)) = self.attempts.remove(&error.id()) else {
                    return;
                };
                let ended = now();
                let error = "the worker was stopped".to_owned();
                let outcome = Outcome::Retry { error, at: ended };
                self.settled.push(Settled { number, attempt, started, ended, outcome });
            }
        }
    }

    /// Drops what is under way.
    fn stop(&mut self) {
        self.is_stopped = true;
        for (_, _, _, task) in self.attempts.values() {
            task.abort();
        }
    }
}

/// Gives signs of life, and ends the attempts of those who give none.
async fn keep_alive(
    inbox: crate::Inbox,
    worker: Arc<str>,
    holding: watch::Receiver<Vec<Number>>,
    lease: Duration,
    attempts: u32,
) {
    let store = inbox.store();
    loop {
        let (now, numbers) = (now(), holding.borrow().clone());
        let renewed = store.renew(&worker, &numbers, after(now, lease)).await;
        if let Err(error) = &renewed {
            tracing::warn!(error = error as &dyn std::error::Error, "the lease was not renewed");
        }
        match store.recover(now, attempts).await {
            Ok(0) => {}
            Ok(deliveries) => {
                tracing::warn!(deliveries, "a worker died: the attempts under way have failed");
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no look for dead workers"
                );
            }
        }
        sleep(lease / 3).await;
    }
}

/// Says once of each endpoint that its deliveries wait for another worker: its name may be misspelt.
async fn tell_unknown(inbox: crate::Inbox, mut known: HashSet<String>) {
    let mut has_work_for: Vec<_> = known.iter().cloned().collect();
    has_work_for.sort_unstable();
    loop {
        for (endpoint, _) in inbox.store().endpoints().await.unwrap_or_default() {
            if !known.contains(&endpoint) {
                tracing::warn!(
                    endpoint,
                    ?has_work_for,
                    "this worker has no work for this endpoint: its deliveries wait for another worker"
                );
                if !tracing::dispatcher::has_been_set() {
                    // A silent wait would leave its author without a clue.
                    eprintln!(
                        "webhook-inbox: this worker has no work for the endpoint {endpoint:?}, only for {has_work_for:?}"
                    );
                }
                known.insert(endpoint);
            }
        }
        sleep(TELL).await;
    }
}

async fn forget(inbox: crate::Inbox, retention: Duration) {
    loop {
        let before = now()
            .as_millis()
            .saturating_sub(u64::try_from(retention.as_millis()).unwrap_or(u64::MAX));
        let forgotten = inbox.store().forget(UnixTime::from_millis(before), FORGET.0).await;
        let is_all = match forgotten {
            Ok(forgotten) => forgotten < FORGET.0 as u64,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "old deliveries were not removed"
                );
                true
            }
        };
        sleep(if is_all { LOOK } else { FORGET.1 }).await;
    }
}

/// A name that no other worker has.
fn name() -> String {
    let mut random = [0; 8];
    // Without randomness, the process and the time.
    if getrandom::fill(&mut random).is_err() {
        random = now().as_millis().to_be_bytes();
    }
    format!("{}-{:016x}", std::process::id(), u64::from_be_bytes(random))
}

fn now() -> UnixTime {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Else all that failed together is tried again together.
    #[test]
    fn waits_differ() {
        let wait = || super::super::backoff().build().next().unwrap();
        let waits: HashSet<_> = (0..20).map(|_| wait()).collect();
        assert!(waits.len() > 10, "{waits:?}");
    }
}
