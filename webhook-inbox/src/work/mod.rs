//! The worker.

mod handler;
mod run;

pub use handler::{Done, Work, WorkError, WorkResult};

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use backon::ExponentialBuilder;
use serde::de::DeserializeOwned;
use webhook_core::{CloudEvent, TypedEvent};

use crate::inbox::Inbox;
use handler::{Handler, OfJson, Raw, Typed};

/// Works on what the inbox has stored: each delivery at least once, and again after a failure, later and later, until it
/// is given up.
///
/// A worker holds what it works on by a lease, which it renews. If it dies, others take its deliveries up once the lease
/// has expired. Run it beside the receiver, in a process of its own, or on several machines.
#[must_use = "a worker does nothing until it is run"]
pub struct Worker {
    inbox: Inbox,
    handlers: HashMap<String, Arc<dyn Handler>>,
    concurrency: usize,
    attempts: u32,
    backoff: ExponentialBuilder,
    longest: Duration,
    attempt_timeout: Duration,
    lease: Duration,
    grace: Duration,
    poll: Duration,
    retention: Option<Duration>,
}

/// The longest wait between attempts.
const LONGEST: Duration = Duration::from_hours(4);

/// The waits unless others are chosen. Each has a jitter of up to as much again.
fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_secs(2))
        .with_max_delay(LONGEST)
        .with_factor(4.0)
        .without_max_times()
        .with_jitter()
}

impl Worker {
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self {
            inbox,
            handlers: HashMap::new(),
            concurrency: 16,
            attempts: 10,
            backoff: backoff(),
            longest: LONGEST,
            attempt_timeout: Duration::from_mins(10),
            lease: Duration::from_secs(10),
            grace: Duration::from_secs(30),
            poll: Duration::from_millis(200),
            retention: None,
        }
    }

    /// Sets what is done about the deliveries of an endpoint: the typed events of a provider that has them. For others there is
    /// [`on_json`](Self::on_json). A delivery that cannot be read as `E` is given up at once, and can be replayed once the worker
    /// reads it.
    ///
    /// The work may be done twice if the worker dies between the work and the note that it is done. If the work's effect
    /// is in the same database, [`Work::done_in`] makes them one.
    pub fn on<E, F>(
        mut self,
        endpoint: impl Into<String>,
        work: impl Fn(E, Work) -> F + Send + Sync + 'static,
    ) -> Self
    where
        E: TypedEvent + Send + 'static,
        F: Future<Output = WorkResult> + Send + 'static,
    {
        self.handlers.insert(endpoint.into(), Arc::new(Typed::new(work)));
        self
    }

    /// Sets what is done about the deliveries of an endpoint, whose bodies are read as JSON of your own type. One that cannot be
    /// read is given up at once, and can be replayed once the worker reads it.
    pub fn on_json<T, F>(
        mut self,
        endpoint: impl Into<String>,
        work: impl Fn(T, Work) -> F + Send + Sync + 'static,
    ) -> Self
    where
        T: DeserializeOwned + Send + 'static,
        F: Future<Output = WorkResult> + Send + 'static,
    {
        self.handlers.insert(endpoint.into(), Arc::new(OfJson::new(work)));
        self
    }

    /// Sets what is done about the deliveries of an endpoint: the deliveries as they were stored, with their exact bodies.
    pub fn on_any<F>(
        mut self,
        endpoint: impl Into<String>,
        work: impl Fn(CloudEvent, Work) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = WorkResult> + Send + 'static,
    {
        self.handlers.insert(endpoint.into(), Arc::new(Raw::new(work)));
        self
    }

    /// Sets how many deliveries are worked on at a time: 16 by default.
    pub fn concurrency(mut self, deliveries: usize) -> Self {
        self.concurrency = deliveries.max(1);
        self
    }

    /// Sets how many attempts there are before a delivery is given up: 10 by default, over some 10 hours. An attempt
    /// counts when it begins, so a delivery that kills its workers is given up, too.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the waits between attempts: from `first`, each four times the one before, with jitter of up to as much again, and
    /// none longer than `longest`. 2 s and 4 h by default.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = self.backoff.with_min_delay(first).with_max_delay(longest);
        self.longest = longest;
        self
    }

    /// Sets how long an attempt may take: 10 min by default. Then it is dropped, and has failed.
    pub const fn attempt_timeout(mut self, time: Duration) -> Self {
        self.attempt_timeout = time;
        self
    }

    /// Sets how long deliveries are held without a sign of life from the worker: 10 s by default. After that, others take
    /// up the deliveries of a worker that died. The clocks of all workers must agree to within a small part of it.
    pub const fn lease(mut self, time: Duration) -> Self {
        self.lease = time;
        self
    }

    /// Sets how long the work under way may go on once the worker was asked to stop: 30 s by default. What is not done by
    /// then is dropped, and begins again elsewhere.
    pub const fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Sets how often the worker looks for deliveries that another process has stored, and for attempts that are due: 200
    /// ms by default. Deliveries that this process stores are worked on at once.
    pub const fn poll_interval(mut self, time: Duration) -> Self {
        self.poll = time;
        self
    }

    /// Removes deliveries that were received longer ago than this and are done, kept or given up, in small batches. They
    /// are no longer known as duplicates. By default nothing is removed.
    pub const fn retention(mut self, time: Duration) -> Self {
        self.retention = Some(time);
        self
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut endpoints: Vec<_> = self.handlers.keys().collect();
        endpoints.sort_unstable();
        f.debug_struct("Worker")
            .field("endpoints", &endpoints)
            .field("concurrency", &self.concurrency)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
