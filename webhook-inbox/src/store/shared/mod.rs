//! The statements that are the same in SQLite and PostgreSQL.
//!
//! sqlx's types are generic over the database, but bounds for that are longer than the code. So it is a macro that each
//! store expands for its database. All numbers are 64 bits wide, and times are milliseconds since the epoch.

mod change;
mod log;
mod work;

pub(super) use change::change;
pub(super) use log::log;
pub(super) use work::work;

use std::time::Duration;

use tokio::time::timeout;
use webhook_core::{CloudEvent, UnixTime};

use super::{Attempt, Detail, Row, State, StoreError, StoreErrorKind, StoreFuture};

/// What a row of a list has in it.
pub(super) const COLUMNS: &str = "select d.number, k.provider, k.endpoint, k.event, d.delivery_id, d.received_at, \
    d.state, d.run_at, d.attempts, d.ended_at, d.error, d.ordering";

/// The columns of a row.
#[derive(sqlx::FromRow)]
pub(super) struct Columns {
    number: i64,
    provider: String,
    endpoint: String,
    event: String,
    delivery_id: Option<String>,
    received_at: i64,
    state: i64,
    run_at: Option<i64>,
    attempts: i64,
    ended_at: Option<i64>,
    error: Option<String>,
    ordering: Option<String>,
}

impl TryFrom<Columns> for Row {
    type Error = StoreError;

    fn try_from(columns: Columns) -> Result<Self, StoreError> {
        let state = State::of_code(columns.state).ok_or_else(|| {
            StoreError::new(StoreErrorKind::Unreadable, format!("state {}", columns.state))
        })?;
        Ok(Self {
            number: columns.number,
            provider: columns.provider,
            endpoint: columns.endpoint,
            event: columns.event,
            delivery_id: columns.delivery_id,
            received: time(columns.received_at),
            state,
            attempts: u32::try_from(columns.attempts).unwrap_or_default(),
            next_attempt: columns.run_at.map(time),
            ended: columns.ended_at.map(time),
            error: columns.error,
            order: columns.ordering,
        })
    }
}

/// The columns of an attempt.
#[derive(sqlx::FromRow)]
pub(super) struct AttemptColumns {
    number: i64,
    started_at: i64,
    ended_at: i64,
    error: String,
}

impl From<AttemptColumns> for Attempt {
    fn from(columns: AttemptColumns) -> Self {
        Self {
            number: u32::try_from(columns.number).unwrap_or_default(),
            started: time(columns.started_at),
            ended: time(columns.ended_at),
            error: columns.error,
        }
    }
}

/// The columns of a claimed delivery.
#[derive(sqlx::FromRow)]
pub(super) struct ClaimedColumns {
    number: i64,
    attempts: i64,
    endpoint: String,
    received_at: i64,
    record: String,
    body: Vec<u8>,
}

impl From<ClaimedColumns> for super::Claimed {
    fn from(columns: ClaimedColumns) -> Self {
        Self {
            number: columns.number,
            attempt: u32::try_from(columns.attempts).unwrap_or_default(),
            endpoint: columns.endpoint,
            received: time(columns.received_at),
            record: columns.record,
            body: columns.body.into(),
        }
    }
}

/// Deliveries of nearly the same time may be numbered in another order: that many at most.
pub(super) const MARGIN: usize = 1000;

pub(super) fn detail(
    row: Row,
    record: &str,
    body: Vec<u8>,
    head: Option<Vec<u8>>,
    failures: Vec<AttemptColumns>,
) -> Result<Detail, StoreError> {
    let event = CloudEvent::from_json_and_body(record.as_bytes(), body.into())
        .map_err(|error| StoreError::new(StoreErrorKind::Unreadable, error))?;
    let mut failures: Vec<Attempt> = failures.into_iter().map(Into::into).collect();
    failures.reverse();
    Ok(Detail { row, event, head: head.map(Into::into), failures })
}

pub(super) fn millis(time: UnixTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn time(millis: i64) -> UnixTime {
    UnixTime::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// Makes a kind if there is none, and returns its id. The update changes nothing, so that the row is returned either way.
pub(super) const NEW_KIND: &str = "insert into inbox_kinds (provider, endpoint, event) values ($1, $2, $3) \
    on conflict (provider, endpoint, event) do update set event = excluded.event returning id";

/// How many values one statement lists at most.
pub(super) const LISTED: usize = 1000;

/// A limit as databases take it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The prefix as a pattern of `like` with the escape character `\`.
pub(super) fn prefix(text: &str) -> String {
    let mut pattern: String = text
        .chars()
        .flat_map(|char| match char {
            '%' | '_' | '\\' => [Some('\\'), Some(char)],
            _ => [None, Some(char)],
        })
        .flatten()
        .collect();
    pattern.push('%');
    pattern
}

pub(super) fn other_database() -> StoreError {
    StoreError::new(StoreErrorKind::Refused, "the transaction is not one of the inbox's database")
}

/// How long a database may take for anything but a batch of deliveries. Statements that read are ended much sooner.
const ANSWER: Duration = Duration::from_secs(30);

/// Gives up what takes too long: the other end of a silent connection may be gone.
pub(super) fn limited<'a, T>(
    operation: impl Future<Output = Result<T, StoreError>> + Send + 'a,
) -> StoreFuture<'a, T> {
    Box::pin(async move { timeout(ANSWER, operation).await? })
}

/// Expands the functions for a database, and the `Store` that has it. Its fields are `writer` and `readers`; `migrate`,
/// `accept_batch`, `take_turn` and `WRITERS` are its own.
///
/// `$some` and `$end` enclose a query for the numbers of rows that are to be changed;
/// where rows have locks, it passes over those that somebody else changes.
///
/// Where it is used, `CONTAINS` is the condition that a body contains what is bound next, in two parts; `begin` begins a
/// transaction that writes; `lock_orders` lets no other transaction say which deliveries of an order are held.
macro_rules! shared {
    ($Store:ident, $some:literal, $end:literal) => {
        type Pool = sqlx::Pool<sqlx::$Store>;
        type Transaction<'a> = sqlx::Transaction<'a, sqlx::$Store>;
        type Raw = <sqlx::$Store as sqlx::Database>::Connection;
        type Builder = sqlx::QueryBuilder<sqlx::$Store>;
        /// A statement that returns the numbers of what it removes.
        type Deletion<'a> = sqlx::query::QueryScalar<
            'a,
            sqlx::$Store,
            Number,
            <sqlx::$Store as sqlx::Database>::Arguments,
        >;

        shared::work!($some, $end);
        shared::log!();
        shared::change!($some, $end);

        impl Store for $Store {
            fn open(&self) -> StoreFuture<'_, ()> {
                Box::pin(self.migrate())
            }

            fn accept<'a>(&'a self, batch: &'a [NewDelivery]) -> StoreFuture<'a, Vec<Accepted>> {
                Box::pin(self.accept_batch(batch))
            }

            fn writers(&self) -> usize {
                WRITERS
            }

            fn turn<'a>(&'a self, turn: Turn<'a>) -> StoreFuture<'a, Vec<Claimed>> {
                shared::limited(self.take_turn(turn))
            }

            fn renew<'a>(
                &'a self,
                worker: &'a str,
                numbers: &'a [Number],
                until: UnixTime,
            ) -> StoreFuture<'a, ()> {
                shared::limited(renew(&self.writer, worker, numbers, until))
            }

            fn recover(&self, now: UnixTime, attempts: u32) -> StoreFuture<'_, u64> {
                shared::limited(recover(&self.writer, now, attempts))
            }

            fn done_in<'a>(
                &'a self,
                connection: Connection<'a>,
                worker: &'a str,
                settled: &'a Settled,
            ) -> StoreFuture<'a, bool> {
                Box::pin(async move {
                    match connection {
                        Connection::$Store(connection) => settle(connection, worker, settled).await,
                        _ => Err(shared::other_database()),
                    }
                })
            }

            fn ready(&self) -> StoreFuture<'_, ()> {
                shared::limited(ready(&self.writer))
            }

            fn list<'a>(&'a self, filter: &'a Filter) -> StoreFuture<'a, Page> {
                shared::limited(list(&self.readers, filter))
            }

            fn detail(&self, number: Number) -> StoreFuture<'_, Option<Detail>> {
                shared::limited(detail(&self.readers, number))
            }

            fn backlog(&self, now: UnixTime) -> StoreFuture<'_, Backlog> {
                shared::limited(backlog(&self.readers, now))
            }

            fn endpoints(&self) -> StoreFuture<'_, Vec<(String, String)>> {
                shared::limited(endpoints(&self.readers))
            }

            fn replay(&self, number: Number, now: UnixTime) -> StoreFuture<'_, Replayed> {
                shared::limited(replay(&self.writer, number, now))
            }

            fn delete(&self, number: Number) -> StoreFuture<'_, bool> {
                shared::limited(delete(&self.writer, number))
            }

            fn forget(&self, before: UnixTime, limit: usize) -> StoreFuture<'_, u64> {
                shared::limited(forget(&self.writer, before, limit))
            }

            fn forget_rejected(&self, keep: usize, limit: usize) -> StoreFuture<'_, u64> {
                shared::limited(forget_rejected(&self.writer, keep, limit))
            }
        }
    };
}

pub(super) use shared;
