//! Where deliveries are kept: the trait, and the databases that implement it.

mod error;
mod filter;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod kinds;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod plan;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod rows;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod shared;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub use error::{StoreError, StoreErrorKind};
pub use filter::{Filter, Page};
pub use rows::{Attempt, Detail, Row, State};

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use webhook_core::UnixTime;
use webhook_idempotency::Key;

/// What a method of a [`Store`] returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The number that a store gives to a delivery. Later deliveries have larger numbers.
pub type Number = i64;

/// A delivery that is to be stored.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// The provider's name.
    pub provider: String,
    /// The name of the endpoint that received it.
    pub endpoint: String,
    /// The event's name, or `-`.
    pub event: String,
    /// The delivery's id, if the provider sends one.
    pub delivery_id: Option<String>,
    /// When it was received.
    pub received: UnixTime,
    /// What it is known again by.
    pub keys: Vec<NewKey>,
    /// Deliveries with the same text are worked on one after the other.
    pub order: Option<String>,
    /// What it is stored for.
    pub purpose: Purpose,
    /// The CloudEvent without its data.
    pub record: String,
    /// The exact body.
    pub body: Bytes,
    /// The request line and all headers, as HTTP/1.1 writes them, if they are to be kept.
    pub head: Option<Bytes>,
}

/// What a [`NewDelivery`] is stored for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A worker works on it.
    Work,
    /// It is only kept.
    Keep,
    /// It is a request that was rejected, and is kept to be looked at. It has no keys.
    Rejected {
        /// Why.
        reason: String,
    },
}

impl Purpose {
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Rejected { reason } => Some(reason),
            Self::Work | Self::Keep => None,
        }
    }
}

/// A digest that a delivery is known again by.
#[derive(Debug, Clone, Copy)]
pub struct NewKey {
    /// The digest.
    pub key: Key,
    /// Until when it counts. `None` if it counts for as long as the delivery is kept.
    pub until: Option<UnixTime>,
    /// What it is a digest of.
    pub kind: KeyKind,
}

/// What a [`NewKey`] is a digest of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A signed id, or the signed message.
    Signed,
    /// An id that is not signed. A delivery has at most [`MAX_IDS`](webhook_idempotency::MAX_IDS) of them.
    UnsignedId,
    /// The body alone. It counts for as long as the delivery is kept once the delivery has refused an id.
    Body,
}

/// What became of a [`NewDelivery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is stored.
    New(Number),
    /// It had been stored before.
    Duplicate(Number),
}

impl Accepted {
    /// Returns the number of the delivery that is stored.
    pub const fn number(self) -> Number {
        let (Self::New(number) | Self::Duplicate(number)) = self;
        number
    }
}

/// One turn of a worker: what it has finished, and how much more it wants.
#[derive(Debug)]
pub struct Turn<'a> {
    /// The worker's name, which no other worker has.
    pub worker: &'a str,
    /// The time.
    pub now: UnixTime,
    /// How long it may hold what it claims without a sign of life.
    pub lease: Duration,
    /// What became of the deliveries that it held.
    pub settled: Vec<Settled>,
    /// How many deliveries it wants.
    pub want: usize,
    /// The endpoints whose deliveries it wants: those of the first before those of the next.
    pub endpoints: &'a [String],
}

/// A delivery that a worker holds.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The delivery's number.
    pub number: Number,
    /// The number of this attempt: 1 for the first.
    pub attempt: u32,
    /// The endpoint that received it.
    pub endpoint: String,
    /// When it was received.
    pub received: UnixTime,
    /// The CloudEvent without its data.
    pub record: String,
    /// The exact body.
    pub body: Bytes,
}

/// What became of a [`Claimed`] delivery. It counts only if the worker still holds it.
#[derive(Debug, Clone)]
pub struct Settled {
    /// The delivery's number.
    pub number: Number,
    /// The number of the attempt.
    pub attempt: u32,
    /// When the attempt began.
    pub started: UnixTime,
    /// When it ended.
    pub ended: UnixTime,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// The work failed, and is tried again at this time.
    Retry {
        /// Why.
        error: String,
        /// When.
        at: UnixTime,
    },
    /// The work failed, and is not tried again.
    GivenUp {
        /// Why.
        error: String,
    },
}

/// How many deliveries are in which state. Each is counted up to [`Counts::MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting for their first attempt.
    pub waiting: u64,
    /// Waiting for earlier deliveries with the same order.
    pub held: u64,
    /// Waiting for another attempt.
    pub failed: u64,
    /// Being worked on.
    pub running: u64,
    /// Done.
    pub done: u64,
    /// Failed too often.
    pub given_up: u64,
    /// Stored only.
    pub kept: u64,
    /// Requests that were rejected.
    pub rejected: u64,
}

impl Counts {
    /// The largest number that is counted.
    pub const MAX: u64 = 10_000;

    /// Returns how many are in this state.
    pub const fn of(&self, state: State) -> u64 {
        match state {
            State::Waiting => self.waiting,
            State::Held => self.held,
            State::Failed => self.failed,
            State::Running => self.running,
            State::Done => self.done,
            State::GivenUp => self.given_up,
            State::Kept => self.kept,
            State::Rejected => self.rejected,
        }
    }

    /// Sets how many are in this state. More than [`MAX`](Self::MAX) are counted as so many.
    pub fn set(&mut self, state: State, count: u64) {
        let into = match state {
            State::Waiting => &mut self.waiting,
            State::Held => &mut self.held,
            State::Failed => &mut self.failed,
            State::Running => &mut self.running,
            State::Done => &mut self.done,
            State::GivenUp => &mut self.given_up,
            State::Kept => &mut self.kept,
            State::Rejected => &mut self.rejected,
        };
        *into = count.min(Self::MAX);
    }
}

/// How far the workers are behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// When the oldest delivery was received that may be worked on now and is not.
    pub oldest: Option<UnixTime>,
    /// The counts.
    pub counts: Counts,
}

/// What has come of a request to replay a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// It will be worked on again, from its first attempt.
    Yes,
    /// It is waiting or running, or a request that was rejected.
    NotNow,
    /// It does not exist.
    NotFound,
}

/// A connection in a transaction of yours, in which a delivery is marked as done.
#[non_exhaustive]
pub enum Connection<'a> {
    /// To the SQLite database of the inbox.
    #[cfg(feature = "sqlite")]
    Sqlite(&'a mut sqlx::SqliteConnection),
    /// To the PostgreSQL database of the inbox.
    #[cfg(feature = "postgres")]
    Postgres(&'a mut sqlx::PgConnection),
    /// To the database of a store of your own, which knows what to do with it.
    Other(&'a mut (dyn std::any::Any + Send)),
}

impl std::fmt::Debug for Connection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

#[cfg(feature = "sqlite")]
impl<'a> From<&'a mut sqlx::SqliteConnection> for Connection<'a> {
    fn from(connection: &'a mut sqlx::SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

#[cfg(feature = "postgres")]
impl<'a> From<&'a mut sqlx::PgConnection> for Connection<'a> {
    fn from(connection: &'a mut sqlx::PgConnection) -> Self {
        Self::Postgres(connection)
    }
}

/// A database that keeps deliveries, and the leases of the workers that hold them.
///
/// All times are arguments. Workers on several machines need clocks that agree to within a small part of the lease.
pub trait Store: Send + Sync + 'static {
    /// Creates or updates the tables. An older version must be able to go on working with tables that a newer one has
    /// updated.
    fn open(&self) -> StoreFuture<'_, ()>;

    /// Stores deliveries in one transaction, and returns what became of each. Once it has returned, what is new
    /// survives a crash.
    ///
    /// A delivery that shares a live key with a stored one, or with an earlier one of the batch, is a duplicate. Its
    /// keys are added to that delivery.
    fn accept<'a>(&'a self, batch: &'a [NewDelivery]) -> StoreFuture<'a, Vec<Accepted>>;

    /// How many calls of [`accept`](Self::accept) are of use at a time.
    fn writers(&self) -> usize {
        1
    }

    /// Settles what a worker has finished, and claims more for it, in one transaction.
    fn turn<'a>(&'a self, turn: Turn<'a>) -> StoreFuture<'a, Vec<Claimed>>;

    /// Extends the lease of these deliveries, as far as the worker holds them. Not of all that it holds: if the reply to a
    /// [turn](Self::turn) is lost, the worker does not know what it has claimed.
    fn renew<'a>(
        &'a self,
        worker: &'a str,
        numbers: &'a [Number],
        until: UnixTime,
    ) -> StoreFuture<'a, ()>;

    /// Ends the attempts whose lease has expired. What has had `attempts` of them is given up; the rest waits for its
    /// next attempt. Returns how many attempts it ended.
    fn recover(&self, now: UnixTime, attempts: u32) -> StoreFuture<'_, u64>;

    /// Marks a claimed delivery as done in a transaction of the caller. Returns `false`, and does nothing, if the worker
    /// no longer holds it: then the caller must roll back.
    fn done_in<'a>(
        &'a self,
        connection: Connection<'a>,
        worker: &'a str,
        settled: &'a Settled,
    ) -> StoreFuture<'a, bool>;

    /// Returns an error if the database cannot be written to.
    fn ready(&self) -> StoreFuture<'_, ()>;

    /// Returns the newest deliveries that match, newest first.
    fn list<'a>(&'a self, filter: &'a Filter) -> StoreFuture<'a, Page>;

    /// Returns one delivery with all that is known of it.
    fn detail(&self, number: Number) -> StoreFuture<'_, Option<Detail>>;

    /// Returns how far the workers are behind.
    fn backlog(&self, now: UnixTime) -> StoreFuture<'_, Backlog>;

    /// Returns the names of the endpoints and of their providers, at most 100.
    fn endpoints(&self) -> StoreFuture<'_, Vec<(String, String)>>;

    /// Lets a delivery be worked on again that is done, given up, kept, or waiting for another attempt.
    fn replay(&self, number: Number, now: UnixTime) -> StoreFuture<'_, Replayed>;

    /// Removes a delivery unless it is being worked on, with all that is known of it. It is no longer known as a
    /// duplicate. Returns whether it was removed.
    fn delete(&self, number: Number) -> StoreFuture<'_, bool>;

    /// Removes at most `limit` deliveries that were received before `before` and are done, kept, or given up, or requests
    /// that were rejected. Returns how many it removed.
    fn forget(&self, before: UnixTime, limit: usize) -> StoreFuture<'_, u64>;

    /// Removes at most `limit` of the oldest requests that were rejected, and leaves `keep` of them. Returns how many it
    /// removed.
    fn forget_rejected(&self, keep: usize, limit: usize) -> StoreFuture<'_, u64>;
}
