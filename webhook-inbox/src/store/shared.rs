//! The statements that are the same in SQLite and PostgreSQL.
//!
//! sqlx's types are generic over the database, but bounds for that are longer than the code. So it is a macro that each
//! store expands for its database. All numbers are 64 bits wide, and times are milliseconds since the epoch.

use webhook_core::{CloudEvent, UnixTime};

use super::{Attempt, Detail, Row, State, StoreError, StoreErrorKind};

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
    failures: Vec<AttemptColumns>,
) -> Result<Detail, StoreError> {
    let event = CloudEvent::from_json_and_body(record.as_bytes(), body.into())
        .map_err(|error| StoreError::new(StoreErrorKind::Unreadable, error))?;
    let mut failures: Vec<Attempt> = failures.into_iter().map(Into::into).collect();
    failures.reverse();
    Ok(Detail { row, event, failures })
}

pub(super) fn millis(time: UnixTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn time(millis: i64) -> UnixTime {
    UnixTime::from_millis(u64::try_from(millis).unwrap_or_default())
}

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

        async fn renew(pool: &Pool, worker: &str, until: UnixTime) -> Result<(), StoreError> {
            sqlx::query(concat!(
                "update inbox_deliveries set lease_until = $1 where number ",
                $some,
                "select number from inbox_deliveries where state = 1 and worker = $2 and lease_until < $1",
                $end,
            ))
            .bind(shared::millis(until))
            .bind(worker)
            .execute(pool)
            .await?;
            Ok(())
        }

        /// Settles one delivery. Returns `false` if this worker does not hold it for this attempt.
        pub(super) async fn settle(
            connection: &mut Raw,
            worker: &str,
            settled: &Settled,
        ) -> Result<bool, StoreError> {
            let Some(freed) = end(connection, worker, settled).await? else { return Ok(false) };
            release(connection, freed.as_slice()).await?;
            Ok(true)
        }

        /// Settles one delivery, but for those that are held by it: returns its order if they may go on now, and when. `None`
        /// if this worker does not hold it for this attempt.
        async fn end(
            connection: &mut Raw,
            worker: &str,
            settled: &Settled,
        ) -> Result<Option<Option<(String, i64)>>, StoreError> {
            use super::Outcome;

            let ended = shared::millis(settled.ended);
            let (state, run_at, attempts, error) = match &settled.outcome {
                Outcome::Done => (State::Done, None, settled.attempt, None),
                Outcome::Retry { error, at } => {
                    (State::Failed, Some(shared::millis(*at)), settled.attempt, Some(error))
                }
                Outcome::GivenUp { error } => (State::GivenUp, None, settled.attempt, Some(error)),
                Outcome::Released { at } => {
                    let before = settled.attempt.saturating_sub(1);
                    let state = if before == 0 { State::Waiting } else { State::Failed };
                    (state, Some(shared::millis(*at)), before, None)
                }
            };
            let is_over = matches!(state, State::Done | State::GivenUp);
            // What is released keeps the error of its last attempt.
            let held: Option<Option<String>> = sqlx::query_scalar(
                "update inbox_deliveries set state = $1, run_at = $2, attempts = $3, ended_at = $4, \
                 error = case when $5 = 1 then error else $6 end, worker = null, lease_until = null \
                 where number = $7 and state = 1 and worker = $8 and attempts = $9 returning ordering",
            )
            .bind(state.code())
            .bind(run_at)
            .bind(i64::from(attempts))
            .bind(is_over.then_some(ended))
            .bind(i64::from(matches!(settled.outcome, Outcome::Released { .. })))
            .bind(error)
            .bind(settled.number)
            .bind(worker)
            .bind(i64::from(settled.attempt))
            .fetch_optional(&mut *connection)
            .await?;
            let Some(ordering) = held else { return Ok(None) };
            if let Some(error) = error {
                note_failure(connection, settled.number, shared::millis(settled.started), ended, error)
                    .await?;
            }
            Ok(Some(ordering.filter(|_| is_over).map(|ordering| (ordering, ended))))
        }

        async fn note_failure(
            connection: &mut Raw,
            number: Number,
            started: i64,
            ended: i64,
            error: &str,
        ) -> Result<(), StoreError> {
            sqlx::query(
                "insert into inbox_attempts (delivery, number, started_at, ended_at, error) \
                 select $1, coalesce(max(number), 0) + 1, $2, $3, $4 from inbox_attempts where delivery = $1",
            )
            .bind(number)
            .bind(started)
            .bind(ended)
            .bind(error)
            .execute(connection)
            .await?;
            Ok(())
        }

        /// Lets the next delivery of each of these orders begin, unless an earlier one has yet to end.
        async fn release(connection: &mut Raw, freed: &[(String, i64)]) -> Result<(), StoreError> {
            if freed.is_empty() {
                return Ok(());
            }
            lock_orders(connection, freed.iter().map(|(ordering, _)| &**ordering).collect()).await?;
            for (ordering, now) in freed {
                sqlx::query(
                    "update inbox_deliveries set state = 0, run_at = $1 where number = ( \
                         select number from inbox_deliveries \
                         where ordering = $2 and ordering is not null and state in (0, 1, 5, 6) \
                         order by number limit 1 \
                     ) and state = 5",
                )
                .bind(now)
                .bind(ordering)
                .execute(&mut *connection)
                .await?;
            }
            Ok(())
        }

        /// Claims what is due, the earliest first.
        async fn claim(connection: &mut Raw, turn: &Turn<'_>) -> Result<Vec<Claimed>, StoreError> {
            if turn.want == 0 {
                return Ok(Vec::new());
            }
            let claimed: Vec<shared::ClaimedColumns> = sqlx::query_as(concat!(
                "update inbox_deliveries set state = 1, attempts = attempts + 1, worker = $1, \
                 lease_until = $2, started_at = $3, run_at = null where number ",
                $some,
                "select number from inbox_deliveries where run_at <= $3 \
                 order by run_at, number limit $4",
                $end,
                " returning number, attempts, received_at, record, body, \
                 (select endpoint from inbox_kinds where id = kind) as endpoint",
            ))
            .bind(turn.worker)
            .bind(shared::millis(crate::endpoint::after(turn.now, turn.lease)))
            .bind(shared::millis(turn.now))
            .bind(shared::limit(turn.want))
            .fetch_all(connection)
            .await?;
            let mut claimed: Vec<Claimed> = claimed.into_iter().map(Into::into).collect();
            claimed.sort_unstable_by_key(|claimed| claimed.number);
            Ok(claimed)
        }

        async fn recover(pool: &Pool, now: UnixTime, attempts: u32) -> Result<u64, StoreError> {
            const ERROR: &str = "the worker died";
            let now = shared::millis(now);
            let mut transaction = begin(pool).await?;
            let lost: Vec<(i64, i64, Option<i64>, Option<String>)> = sqlx::query_as(concat!(
                "update inbox_deliveries set state = case when attempts >= $1 then 3 else 6 end, \
                 ended_at = case when attempts >= $1 then $2 else null end, \
                 run_at = case when attempts >= $1 then null else $2 end, error = $3, \
                 worker = null, lease_until = null where number ",
                $some,
                "select number from inbox_deliveries where state = 1 and lease_until < $2",
                $end,
                " returning number, state, started_at, ordering",
            ))
            .bind(i64::from(attempts))
            .bind(now)
            .bind(ERROR)
            .fetch_all(&mut *transaction)
            .await?;
            let count = lost.len() as u64;
            let mut freed = Vec::new();
            for (number, state, started, ordering) in lost {
                note_failure(&mut transaction, number, started.unwrap_or(now), now, ERROR).await?;
                let is_over = state == State::GivenUp.code();
                freed.extend(ordering.filter(|_| is_over).map(|ordering| (ordering, now)));
            }
            release(&mut transaction, &freed).await?;
            transaction.commit().await?;
            Ok(count)
        }

        async fn list(pool: &Pool, filter: &Filter) -> Result<Page, StoreError> {
            if filter.has_nul() {
                return Ok(Page::default());
            }
            let Some((kinds, too_many_kinds)) = kinds(pool, filter).await? else {
                return Ok(Page::default());
            };
            let Some(range) = range(pool, filter).await? else { return Ok(Page::default()) };
            let mut limit = if filter.text.is_some() { Filter::SEARCHED } else { Filter::PAGE + 1 };
            if filter.from.is_some() || filter.until.is_some() {
                limit = limit.max(Filter::PAGE + 1 + shared::MARGIN);
            }
            let mut query = Builder::new("");
            candidates(&mut query, filter, &kinds, range, limit);
            let numbers: Vec<i64> = query.build_query_scalar().fetch_all(pool).await?;
            let mut rows: Vec<super::Row> = Vec::new();
            // A few at a time, so that a text that many have is found without reading all bodies.
            for numbers in numbers.chunks(Filter::PAGE * 4) {
                let mut query = Builder::new(shared::COLUMNS);
                query.push(" from inbox_deliveries d join inbox_kinds k on k.id = d.kind where d.number in (");
                let mut among = query.separated(", ");
                for number in numbers {
                    among.push_bind(*number);
                }
                query.push(")");
                if let Some(from) = filter.from {
                    query.push(" and +d.received_at >= ").push_bind(shared::millis(from));
                }
                if let Some(until) = filter.until {
                    query.push(" and +d.received_at < ").push_bind(shared::millis(until));
                }
                if let Some(text) = &filter.text {
                    query.push(CONTAINS.0).push_bind(text.clone().into_bytes()).push(CONTAINS.1);
                }
                query.push(" order by d.number desc");
                let found: Vec<shared::Columns> = query.build_query_as().fetch_all(pool).await?;
                for columns in found {
                    rows.push(columns.try_into()?);
                }
                if rows.len() > Filter::PAGE {
                    break;
                }
            }
            let has_more = rows.len() > Filter::PAGE;
            rows.truncate(Filter::PAGE);
            let is_searched = numbers.len() == limit && !has_more;
            let next = if has_more {
                rows.last().map(|row| row.number)
            } else {
                numbers.last().copied().filter(|_| is_searched)
            };
            let is_partial = too_many_kinds || (is_searched && filter.text.is_some());
            Ok(Page { rows, next, is_partial })
        }

        /// Appends the query for the numbers of the newest deliveries that match all but the text and, exactly, the times.
        ///
        /// Each kind and state is read in the order of its own index, and nothing but the index. The signs keep the
        /// database from an index that would have to be sorted.
        fn candidates(
            query: &mut Builder,
            filter: &Filter,
            kinds: &[i64],
            (first, last): (Option<i64>, Option<i64>),
            limit: usize,
        ) {
            let by_id = filter.delivery_id.is_some();
            let each_kind: Vec<Option<i64>> = if kinds.is_empty() || by_id {
                vec![None]
            } else {
                kinds.iter().copied().map(Some).collect()
            };
            let each_state: Vec<Option<State>> = match filter.state {
                Some(state) => vec![Some(state)],
                None if kinds.is_empty() || by_id => vec![None],
                None => State::ALL.into_iter().map(Some).collect(),
            };
            query.push("select number from (");
            let mut is_first = true;
            for kind in each_kind {
                for state in &each_state {
                    query.push(if is_first { "" } else { " union all " });
                    is_first = false;
                    query.push("select number from (select number from inbox_deliveries where 1 = 1");
                    if let Some(id) = &filter.delivery_id {
                        query.push(" and delivery_id = ").push_bind(id.clone());
                        if !kinds.is_empty() {
                            query.push(" and +kind in (");
                            let mut among = query.separated(", ");
                            for kind in kinds {
                                among.push_bind(*kind);
                            }
                            query.push(")");
                        }
                    }
                    if let Some(kind) = kind {
                        query.push(" and kind = ").push_bind(kind);
                    }
                    if let Some(state) = state {
                        query.push(if by_id { " and +state = " } else { " and state = " });
                        query.push_bind(state.code());
                    }
                    if let Some(first) = first {
                        query.push(" and number >= ").push_bind(first);
                    }
                    if let Some(last) = last {
                        query.push(" and number <= ").push_bind(last);
                    }
                    query.push(" order by number desc limit ").push_bind(shared::limit(limit));
                    query.push(") of_kind");
                }
            }
            query.push(") candidates order by number desc limit ").push_bind(shared::limit(limit));
        }

        /// The first and the last number that can match, or `None` if none can.
        async fn range(
            pool: &Pool,
            filter: &Filter,
        ) -> Result<Option<(Option<i64>, Option<i64>)>, StoreError> {
            let margin = i64::try_from(shared::MARGIN).unwrap_or(i64::MAX);
            let mut last = filter.before.map(|before| before.saturating_sub(1));
            if let Some(until) = filter.until {
                let newest: Option<i64> = sqlx::query_scalar(
                    "select number from inbox_deliveries where received_at < $1 \
                     order by received_at desc, number desc limit 1",
                )
                .bind(shared::millis(until))
                .fetch_optional(pool)
                .await?;
                let Some(newest) = newest else { return Ok(None) };
                let newest = newest.saturating_add(margin);
                last = Some(last.map_or(newest, |last| last.min(newest)));
            }
            let mut first = None;
            if let Some(from) = filter.from {
                let oldest: Option<i64> = sqlx::query_scalar(
                    "select number from inbox_deliveries where received_at >= $1 \
                     order by received_at, number limit 1",
                )
                .bind(shared::millis(from))
                .fetch_optional(pool)
                .await?;
                let Some(oldest) = oldest else { return Ok(None) };
                first = Some(oldest.saturating_sub(margin));
            }
            Ok(Some((first, last)))
        }

        /// The kinds that a filter lets through, and whether there are more: none if it lets all through, and `None` if it
        /// lets through none.
        async fn kinds(
            pool: &Pool,
            filter: &Filter,
        ) -> Result<Option<(Vec<i64>, bool)>, StoreError> {
            if filter.provider.is_none() && filter.endpoint.is_none() && filter.event.is_none() {
                return Ok(Some((Vec::new(), false)));
            }
            let mut query = Builder::new("select id from inbox_kinds where 1 = 1");
            if let Some(provider) = &filter.provider {
                query.push(" and provider = ").push_bind(provider.clone());
            }
            if let Some(endpoint) = &filter.endpoint {
                query.push(" and endpoint = ").push_bind(endpoint.clone());
            }
            if let Some(event) = &filter.event {
                query.push(" and event like ").push_bind(shared::prefix(event)).push(" escape '\\'");
            }
            query.push(" order by id limit ").push_bind(shared::limit(Filter::KINDS + 1));
            let mut kinds: Vec<i64> = query.build_query_scalar().fetch_all(pool).await?;
            let too_many = kinds.len() > Filter::KINDS;
            kinds.truncate(Filter::KINDS);
            Ok(Some((kinds, too_many)).filter(|(kinds, _)| !kinds.is_empty()))
        }

        async fn detail(pool: &Pool, number: Number) -> Result<Option<Detail>, StoreError> {
            let mut query = Builder::new(shared::COLUMNS);
            query.push(" from inbox_deliveries d join inbox_kinds k on k.id = d.kind where d.number = ");
            query.push_bind(number);
            let row: Option<shared::Columns> = query.build_query_as().fetch_optional(pool).await?;
            let stored: Option<(String, Vec<u8>)> =
                sqlx::query_as("select record, body from inbox_deliveries where number = $1")
                    .bind(number)
                    .fetch_optional(pool)
                    .await?;
            let failures: Vec<shared::AttemptColumns> = sqlx::query_as(
                "select number, started_at, ended_at, error from inbox_attempts where delivery = $1 \
                 order by number desc limit 100",
            )
            .bind(number)
            .fetch_all(pool)
            .await?;
            let (Some(row), Some((record, body))) = (row, stored) else { return Ok(None) };
            shared::detail(row.try_into()?, &record, body, failures).map(Some)
        }

        async fn backlog(pool: &Pool, now: UnixTime) -> Result<Backlog, StoreError> {
            use super::Counts;

            let oldest: Option<i64> = sqlx::query_scalar(
                "select received_at from inbox_deliveries where run_at <= $1 \
                 order by run_at, number limit 1",
            )
            .bind(shared::millis(now))
            .fetch_optional(pool)
            .await?;
            let mut counts = Counts::default();
            for state in State::ALL {
                let count: i64 = sqlx::query_scalar(
                    "select count(*) from \
                     (select 1 from inbox_deliveries where state = $1 order by number limit 10000) counted",
                )
                .bind(state.code())
                .fetch_one(pool)
                .await?;
                let count = u64::try_from(count).unwrap_or_default();
                let into = match state {
                    State::Waiting => &mut counts.waiting,
                    State::Held => &mut counts.held,
                    State::Failed => &mut counts.failed,
                    State::Running => &mut counts.running,
                    State::Done => &mut counts.done,
                    State::GivenUp => &mut counts.given_up,
                    State::Kept => &mut counts.kept,
                };
                *into = count.min(Counts::MAX);
            }
            Ok(Backlog { oldest: oldest.map(shared::time), counts })
        }

        async fn endpoints(pool: &Pool) -> Result<Vec<(String, String)>, StoreError> {
            Ok(sqlx::query_as(
                "select distinct endpoint, provider from inbox_kinds order by endpoint, provider limit 100",
            )
            .fetch_all(pool)
            .await?)
        }

        async fn replay(pool: &Pool, number: Number, now: UnixTime) -> Result<Replayed, StoreError> {
            let mut transaction = begin(pool).await?;
            let found: Option<(i64, Option<String>)> =
                sqlx::query_as("select state, ordering from inbox_deliveries where number = $1")
                    .bind(number)
                    .fetch_optional(&mut *transaction)
                    .await?;
            let Some((state, ordering)) = found else { return Ok(Replayed::NotFound) };
            if !State::of_code(state).is_some_and(State::can_be_replayed) {
                return Ok(Replayed::NotNow);
            }
            if let Some(ordering) = &ordering {
                lock_orders(&mut transaction, vec![ordering]).await?;
            }
            // Those that are held may be held by this one.
            let earlier: Option<i64> = sqlx::query_scalar(
                "select other.number from inbox_deliveries d join inbox_deliveries other \
                 on other.ordering = d.ordering and other.number <> d.number \
                 where d.number = $1 and other.ordering is not null and other.state in (0, 1, 5, 6) \
                 and other.state <> 5 limit 1",
            )
            .bind(number)
            .fetch_optional(&mut *transaction)
            .await?;
            let is_held = earlier.is_some();
            let replayed = sqlx::query(
                "update inbox_deliveries set attempts = 0, ended_at = null, error = null, \
                 state = $1, run_at = $2 where number = $3 and state = $4",
            )
            .bind(if is_held { State::Held } else { State::Waiting }.code())
            .bind((!is_held).then_some(shared::millis(now)))
            .bind(number)
            .bind(state)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(if replayed.rows_affected() > 0 { Replayed::Yes } else { Replayed::NotNow })
        }

        async fn delete(pool: &Pool, number: Number) -> Result<bool, StoreError> {
            let mut transaction = begin(pool).await?;
            let deleted: Option<(Option<String>, i64)> = sqlx::query_as(
                "delete from inbox_deliveries where number = $1 and state <> 1 \
                 returning ordering, received_at",
            )
            .bind(number)
            .fetch_optional(&mut *transaction)
            .await?;
            let is_deleted = deleted.is_some();
            let freed = deleted.and_then(|(ordering, received)| Some((ordering?, received)));
            release(&mut transaction, freed.as_slice()).await?;
            transaction.commit().await?;
            Ok(is_deleted)
        }

        async fn forget(pool: &Pool, before: UnixTime, limit: usize) -> Result<u64, StoreError> {
            let forgotten = sqlx::query(concat!(
                "delete from inbox_deliveries where number ",
                $some,
                "select number from inbox_deliveries where received_at < $1 and +state in (2, 3, 4) \
                 order by received_at limit $2",
                $end,
            ))
            .bind(shared::millis(before))
            .bind(shared::limit(limit))
            .execute(pool)
            .await?;
            Ok(forgotten.rows_affected())
        }

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
                Box::pin(self.take_turn(turn))
            }

            fn renew<'a>(&'a self, worker: &'a str, until: UnixTime) -> StoreFuture<'a, ()> {
                Box::pin(renew(&self.writer, worker, until))
            }

            fn recover(&self, now: UnixTime, attempts: u32) -> StoreFuture<'_, u64> {
                Box::pin(recover(&self.writer, now, attempts))
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
                Box::pin(ready(&self.writer))
            }

            fn list<'a>(&'a self, filter: &'a Filter) -> StoreFuture<'a, Page> {
                Box::pin(list(&self.readers, filter))
            }

            fn detail(&self, number: Number) -> StoreFuture<'_, Option<Detail>> {
                Box::pin(detail(&self.readers, number))
            }

            fn backlog(&self, now: UnixTime) -> StoreFuture<'_, Backlog> {
                Box::pin(backlog(&self.readers, now))
            }

            fn endpoints(&self) -> StoreFuture<'_, Vec<(String, String)>> {
                Box::pin(endpoints(&self.readers))
            }

            fn replay(&self, number: Number, now: UnixTime) -> StoreFuture<'_, Replayed> {
                Box::pin(replay(&self.writer, number, now))
            }

            fn delete(&self, number: Number) -> StoreFuture<'_, bool> {
                Box::pin(delete(&self.writer, number))
            }

            fn forget(&self, before: UnixTime, limit: usize) -> StoreFuture<'_, u64> {
                Box::pin(forget(&self.writer, before, limit))
            }
        }
    };
}

pub(super) use shared;
