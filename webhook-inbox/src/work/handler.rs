use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use webhook_core::{CloudEvent, TypedEvent, UnixTime};

use crate::store::{Connection, Number, Outcome, Settled, State, Store};

/// What the work on a delivery returns.
pub type WorkResult = Result<Done, WorkError>;

/// The work is done. [`Work::done`] and [`Work::done_in`] make one.
#[derive(Debug)]
#[must_use = "return it: the work is not done before"]
pub struct Done {
    /// Whether it is in the database already.
    pub(super) is_noted: bool,
}

/// The work has failed. Every error converts into one.
#[derive(Debug)]
pub struct WorkError {
    source: Box<dyn Error + Send + Sync>,
    pub(super) is_final: bool,
    pub(super) retry_after: Option<Duration>,
}

impl WorkError {
    /// A failure that another attempt would not mend: the delivery is given up.
    pub fn final_failure(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: source.into(), is_final: true, retry_after: None }
    }

    /// Sets when the next attempt may begin, instead of the worker's back-off.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for WorkError {
    fn from(source: E) -> Self {
        Self { source: source.into(), is_final: false, retry_after: None }
    }
}

/// The error with its causes.
impl fmt::Display for WorkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// An attempt at a delivery.
#[derive(Clone)]
pub struct Work {
    pub(super) number: Number,
    pub(super) attempt: u32,
    pub(super) started: UnixTime,
    pub(super) event: Arc<CloudEvent>,
    pub(super) store: Arc<dyn Store>,
    pub(super) worker: Arc<str>,
}

impl Work {
    /// Returns the delivery's number, the same for each attempt. Use it to recognize what an earlier attempt has done.
    pub const fn number(&self) -> Number {
        self.number
    }

    /// Returns the number of this attempt: 1 for the first.
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the delivery as it was stored.
    pub fn event(&self) -> &CloudEvent {
        &self.event
    }

    /// The work is done.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn done(self) -> WorkResult {
        Ok(Done { is_noted: false })
    }

    /// The work is done once your transaction is committed: the effect and the note of it are one. Commit before you
    /// return the result; otherwise the attempt has failed.
    ///
    /// # Errors
    ///
    /// If the worker no longer holds the delivery, because it was cut off for longer than its lease: roll back. Also if the
    /// connection is not one to the inbox's database.
    pub async fn done_in<'a>(self, connection: impl Into<Connection<'a>>) -> WorkResult {
        let settled = Settled {
            number: self.number,
            attempt: self.attempt,
            started: self.started,
            ended: SystemTime::now().into(),
            outcome: Outcome::Done,
        };
        let is_held = self.store.done_in(connection.into(), &self.worker, &settled).await?;
        if !is_held {
            return Err("the delivery was taken from this worker, whose lease has expired".into());
        }
        Ok(Done { is_noted: true })
    }
}

impl Work {
    /// Whether the transaction of [`done_in`](Self::done_in) was committed: no longer is the delivery held for this attempt.
    pub(super) async fn check_committed(&self) -> Result<(), WorkError> {
        let row = self.store.detail(self.number).await?.map(|detail| detail.row);
        match row {
            Some(row) if row.state == State::Running && row.attempts == self.attempt => {
                Err("the transaction that `done_in` was called in was not committed".into())
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("number", &self.number)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// What is done about the deliveries of an endpoint.
pub(super) trait Handler: Send + Sync {
    fn handle(&self, work: Work) -> BoxFuture<'static, WorkResult>;
}

/// Reads typed events.
pub(super) struct Typed<E, W> {
    work: W,
    event: PhantomData<fn(E)>,
}

impl<E, W> Typed<E, W> {
    pub(super) const fn new(work: W) -> Self {
        Self { work, event: PhantomData }
    }
}

impl<E, W, F> Handler for Typed<E, W>
where
    E: TypedEvent + Send + 'static,
    W: Fn(E, Work) -> F + Send + Sync,
    F: Future<Output = WorkResult> + Send + 'static,
{
    fn handle(&self, work: Work) -> BoxFuture<'static, WorkResult> {
        use webhook_core::{Payload as _, Provider as _};

        let read = || {
            // It was stored by an endpoint of ours, which had verified it.
            let (is, reads) = (work.event.provider(), E::Provider::NAME);
            if is != reads {
                let text =
                    format!("the delivery is of {is}, and the worker reads events of {reads}");
                return Err(WorkError::final_failure(text));
            }
            let delivery = work.event.delivery_trusting_queue::<E::Provider>();
            let delivery = delivery.map_err(WorkError::final_failure)?;
            E::from_delivery(&delivery).map_err(WorkError::final_failure)
        };
        match read() {
            Ok(event) => Box::pin((self.work)(event, work)),
            Err(error) => Box::pin(async { Err(error) }),
        }
    }
}

/// Reads JSON of the user's own type.
pub(super) struct OfJson<T, W> {
    work: W,
    event: PhantomData<fn(T)>,
}

impl<T, W> OfJson<T, W> {
    pub(super) const fn new(work: W) -> Self {
        Self { work, event: PhantomData }
    }
}

impl<T, W, F> Handler for OfJson<T, W>
where
    T: DeserializeOwned + Send + 'static,
    W: Fn(T, Work) -> F + Send + Sync,
    F: Future<Output = WorkResult> + Send + 'static,
{
    fn handle(&self, work: Work) -> BoxFuture<'static, WorkResult> {
        match work.event.json() {
            Ok(event) => Box::pin((self.work)(event, work)),
            Err(error) => Box::pin(async { Err(WorkError::final_failure(error)) }),
        }
    }
}

/// Hands deliveries on as they were stored.
pub(super) struct Raw<W>(W);

impl<W> Raw<W> {
    pub(super) const fn new(work: W) -> Self {
        Self(work)
    }
}

impl<W, F> Handler for Raw<W>
where
    W: Fn(CloudEvent, Work) -> F + Send + Sync,
    F: Future<Output = WorkResult> + Send + 'static,
{
    fn handle(&self, work: Work) -> BoxFuture<'static, WorkResult> {
        Box::pin((self.0)(CloudEvent::clone(&work.event), work))
    }
}
