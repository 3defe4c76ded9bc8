use std::collections::HashMap;
use std::iter;

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite as Database, SqliteConnection};

use super::super::kinds::Kind;
use super::super::plan::{KNOWN, KnownKey, Plan, keys, number};
use super::super::shared::{self, millis};
use super::super::{Accepted, NewDelivery, Number, State, StoreError, StoreErrorKind};
use super::{Sqlite, begin};

impl Sqlite {
    pub(super) async fn accept_batch(
        &self,
        batch: &[NewDelivery],
    ) -> Result<Vec<Accepted>, StoreError> {
        let mut transaction = begin(&self.writer).await?;
        if matches!(batch, [delivery] if delivery.order.is_none()) {
            let plan = Plan::of(batch, Vec::new());
            let kinds = self.kinds(&mut transaction, &plan).await?;
            if let Some(number) = store_one(&mut transaction, &plan, &kinds).await? {
                transaction.commit().await?;
                self.kinds.remember(kinds);
                return plan.accepted(&[number]).ok_or_else(no_number);
            }
        }
        let plan = Plan::of(batch, known(&mut transaction, batch).await?);
        let kinds = self.kinds(&mut transaction, &plan).await?;
        let states = states(&mut transaction, &plan).await?;
        let numbers = store(&mut transaction, &plan, &kinds, &states).await?;
        store_keys(&mut transaction, &plan, &numbers).await?;
        transaction.commit().await?;
        self.kinds.remember(kinds);
        plan.accepted(&numbers).ok_or_else(no_number)
    }

    /// The ids of the kinds of the new deliveries. What is new among them exists once the transaction is committed.
    async fn kinds(
        &self,
        connection: &mut SqliteConnection,
        plan: &Plan<'_>,
    ) -> Result<HashMap<Kind, i64>, StoreError> {
        let mut ids = HashMap::new();
        for (delivery, _) in &plan.new {
            let kind = kind(delivery);
            if ids.contains_key(&kind) {
                continue;
            }
            let id = match self.kinds.get(&kind) {
                Some(id) => id,
                None => kind_of(connection, &kind).await?,
            };
            ids.insert(kind, id);
        }
        Ok(ids)
    }
}

fn no_number() -> StoreError {
    StoreError::new(StoreErrorKind::Refused, "a delivery has no number")
}

/// Stores a new delivery and its keys and returns its number, or stores nothing if one of the keys is there. Most deliveries
/// are new, and come alone unless there are many: a batch is five trips to SQLite's thread, and this is one.
async fn store_one(
    connection: &mut SqliteConnection,
    plan: &Plan<'_>,
    kinds: &HashMap<Kind, i64>,
) -> Result<Option<Number>, StoreError> {
    let [(delivery, state)] = plan.new[..] else { return Ok(None) };
    let mut query = QueryBuilder::<Database>::new(COLUMNS);
    query.push("select null, ");
    bind(&mut query.separated(", "), delivery, state, kinds);
    if !plan.keys.is_empty() {
        query.push(" where not exists (select 1 from inbox_keys where key in (");
        let mut list = query.separated(", ");
        for key in plan.keys.keys() {
            list.push_bind(key.as_ref().to_vec());
        }
        query.push(
            ")); insert into inbox_keys (key, delivery, until, kind) \
             select column1, last_insert_rowid(), column2, column3 from (",
        );
        query.push_values(&plan.keys, |mut row, (key, planned)| {
            row.push_bind(key.as_ref().to_vec())
                .push_bind(planned.until)
                .push_bind(planned.kind_code());
        });
        query.push(") where changes() > 0");
    }
    let stored = query.build().execute(connection).await?;
    Ok((stored.rows_affected() > 0).then(|| stored.last_insert_rowid()))
}

async fn known(
    connection: &mut SqliteConnection,
    batch: &[NewDelivery],
) -> Result<Vec<KnownKey>, StoreError> {
    let keys: Vec<_> = keys(batch).into_iter().collect();
    let mut known = Vec::new();
    for keys in keys.chunks(KEYS) {
        let mut query = QueryBuilder::<Database>::new(KNOWN);
        query.push("in (");
        let mut list = query.separated(", ");
        // The last one again and again, so that there are few statements to prepare.
        let padding = keys.last().into_iter().cycle();
        for key in keys.iter().chain(padding).take(keys.len().next_power_of_two()) {
            list.push_bind(key.as_ref().to_vec());
        }
        query.push(")");
        known.extend(query.build_query_as::<KnownKey>().fetch_all(&mut *connection).await?);
    }
    Ok(known)
}

fn kind(delivery: &NewDelivery) -> Kind {
    [&delivery.provider, &delivery.endpoint, &delivery.event].map(String::clone).into()
}

/// How the new deliveries begin: those with earlier ones of their order are held.
async fn states(
    connection: &mut SqliteConnection,
    plan: &Plan<'_>,
) -> Result<Vec<State>, StoreError> {
    let mut states = Vec::with_capacity(plan.new.len());
    for (delivery, state) in &plan.new {
        states.push(match &delivery.order {
            Some(order) if *state == State::Waiting && has_earlier(connection, order).await? => {
                State::Held
            }
            _ => *state,
        });
    }
    Ok(states)
}

/// Begins the statement that stores deliveries.
const COLUMNS: &str = "insert into inbox_deliveries (number, kind, endpoint, delivery_id, received_at, state, run_at, \
    ordering, record, body, head, error) ";

/// Binds all but the number.
fn bind(
    row: &mut Separated<'_, Database, &'static str>,
    delivery: &NewDelivery,
    state: State,
    kinds: &HashMap<Kind, i64>,
) {
    let received = millis(delivery.received);
    row.push_bind(kinds.get(&kind(delivery)).copied())
        .push_bind(&delivery.endpoint)
        .push_bind(&delivery.delivery_id)
        .push_bind(received)
        .push_bind(state.code())
        .push_bind((state == State::Waiting).then_some(received))
        .push_bind(&delivery.order)
        .push_bind(&delivery.record)
        .push_bind(&*delivery.body)
        .push_bind(delivery.head.as_deref())
        .push_bind(delivery.purpose.reason());
}

/// How many rows one statement inserts at most.
const ROWS: usize = 64;

/// How many keys one statement looks for at most: a power of two.
const KEYS: usize = 256;

/// Divides rows into powers of two, so that there are few statements, which are prepared once.
fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    iter::from_fn(move || {
        let size = rows.len().min(ROWS).checked_ilog2().map(|log| 1 << log)?;
        let (part, rest) = rows.split_at_checked(size)?;
        rows = rest;
        Some(part)
    })
}

/// Stores the new deliveries and returns their numbers. The numbers are given out here, since SQLite does not promise to
/// return them in the order of the rows.
async fn store(
    connection: &mut SqliteConnection,
    plan: &Plan<'_>,
    kinds: &HashMap<Kind, i64>,
    states: &[State],
) -> Result<Vec<Number>, StoreError> {
    if plan.new.is_empty() {
        return Ok(Vec::new());
    }
    let last: Option<i64> =
        sqlx::query_scalar("select seq from sqlite_sequence where name = 'inbox_deliveries'")
            .fetch_optional(&mut *connection)
            .await?;
    let first = last.unwrap_or_default().saturating_add(1);
    let numbered: Vec<_> = (first..).zip(plan.new.iter().zip(states)).collect();
    for rows in parts(&numbered) {
        let mut query = QueryBuilder::<Database>::new(COLUMNS);
        query.push_values(rows, |mut row, (number, ((delivery, _), state))| {
            row.push_bind(number);
            bind(&mut row, delivery, **state, kinds);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(numbered.iter().map(|(number, _)| *number).collect())
}

async fn store_keys(
    connection: &mut SqliteConnection,
    plan: &Plan<'_>,
    numbers: &[Number],
) -> Result<(), StoreError> {
    for delivery in &plan.lasting {
        sqlx::query("update inbox_keys set until = null where delivery = $1 and kind = 2")
            .bind(delivery)
            .execute(&mut *connection)
            .await?;
    }
    let keys: Vec<_> = plan.keys.iter().collect();
    for keys in parts(&keys) {
        let mut query =
            QueryBuilder::<Database>::new("insert into inbox_keys (key, delivery, until, kind) ");
        query.push_values(keys, |mut row, (key, planned)| {
            row.push_bind(key.as_ref().to_vec())
                .push_bind(number(planned.owner, numbers))
                .push_bind(planned.until)
                .push_bind(planned.kind_code());
        });
        // One that has expired may still be there.
        query.push(
            " on conflict (key) do update set delivery = excluded.delivery, until = excluded.until, \
             kind = excluded.kind",
        );
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn kind_of(connection: &mut SqliteConnection, kind: &Kind) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(shared::NEW_KIND)
        .bind(&kind.0)
        .bind(&kind.1)
        .bind(&kind.2)
        .fetch_one(connection)
        .await?)
}

async fn has_earlier(connection: &mut SqliteConnection, order: &str) -> Result<bool, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(
        "select number from inbox_deliveries \
         where ordering = $1 and ordering is not null and state in (0, 1, 5, 6) limit 1",
    )
    .bind(order)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}
