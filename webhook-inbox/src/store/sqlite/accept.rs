use std::collections::HashMap;

use sqlx::{QueryBuilder, Sqlite as Database, SqliteConnection};
use webhook_idempotency::MAX_IDS;

use super::super::shared::millis;
use super::super::{Accepted, KeyKind, NewDelivery, NewKey, State, StoreError};
use super::{Sqlite, begin};

impl Sqlite {
    pub(super) async fn accept_batch(
        &self,
        batch: &[NewDelivery],
    ) -> Result<Vec<Accepted>, StoreError> {
        let mut transaction = begin(&self.writer).await?;
        let mut accepted = Vec::with_capacity(batch.len());
        let mut kinds = HashMap::new();
        for delivery in batch {
            accepted.push(accept(&mut transaction, delivery, &mut kinds).await?);
        }
        transaction.commit().await?;
        Ok(accepted)
    }
}

type Kinds<'a> = HashMap<(&'a str, &'a str, &'a str), i64>;

async fn accept<'a>(
    connection: &mut SqliteConnection,
    delivery: &'a NewDelivery,
    kinds: &mut Kinds<'a>,
) -> Result<Accepted, StoreError> {
    if let Some(number) = known(connection, delivery).await? {
        add_keys(connection, number, delivery).await?;
        return Ok(Accepted::Duplicate(number));
    }
    let kind = (&*delivery.provider, &*delivery.endpoint, &*delivery.event);
    let kind = match kinds.get(&kind) {
        Some(id) => *id,
        None => *kinds.entry(kind).or_insert(kind_of(connection, kind).await?),
    };
    let state = match &delivery.order {
        _ if !delivery.is_work => State::Kept,
        Some(order) if has_earlier(connection, order).await? => State::Held,
        _ => State::Waiting,
    };
    let number: i64 = sqlx::query_scalar(
        "insert into inbox_deliveries \
         (kind, delivery_id, received_at, state, run_at, ordering, record, body) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning number",
    )
    .bind(kind)
    .bind(&delivery.delivery_id)
    .bind(millis(delivery.received))
    .bind(state.code())
    .bind((state == State::Waiting).then_some(millis(delivery.received)))
    .bind(&delivery.order)
    .bind(&delivery.record)
    .bind(&*delivery.body)
    .fetch_one(&mut *connection)
    .await?;
    insert_keys(connection, number, &delivery.keys).await?;
    Ok(Accepted::New(number))
}

/// The delivery that one of these keys belongs to.
async fn known(
    connection: &mut SqliteConnection,
    delivery: &NewDelivery,
) -> Result<Option<i64>, StoreError> {
    if delivery.keys.is_empty() {
        return Ok(None);
    }
    let mut query = QueryBuilder::<Database>::new("select delivery from inbox_keys where key in (");
    let mut keys = query.separated(", ");
    for key in &delivery.keys {
        keys.push_bind(key.key.as_ref().to_vec());
    }
    query.push(") and (until is null or until > ").push_bind(millis(delivery.received));
    query.push(") limit 1");
    Ok(query.build_query_scalar().fetch_optional(connection).await?)
}

/// A key that has expired may still be there.
async fn insert_keys(
    connection: &mut SqliteConnection,
    number: i64,
    keys: &[NewKey],
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut query =
        QueryBuilder::<Database>::new("insert into inbox_keys (key, delivery, until, kind) ");
    query.push_values(keys, |mut row, key| {
        row.push_bind(key.key.as_ref().to_vec())
            .push_bind(number)
            .push_bind(key.until.map(millis))
            .push_bind(kind_code(key.kind));
    });
    query.push(
        " on conflict (key) do update set delivery = excluded.delivery, until = excluded.until, \
         kind = excluded.kind",
    );
    query.build().execute(connection).await?;
    Ok(())
}

/// Adds the keys of a duplicate that nobody has. A delivery has a limited number of ids that are not signed: one more
/// means that somebody replays it under made-up ids, and from then on its body counts for as long as it is kept.
async fn add_keys(
    connection: &mut SqliteConnection,
    number: i64,
    delivery: &NewDelivery,
) -> Result<(), StoreError> {
    let ids: i64 =
        sqlx::query_scalar("select count(*) from inbox_keys where delivery = $1 and kind = $2")
            .bind(number)
            .bind(kind_code(KeyKind::UnsignedId))
            .fetch_one(&mut *connection)
            .await?;
    for key in &delivery.keys {
        let is_one_too_many =
            key.kind == KeyKind::UnsignedId && ids >= i64::try_from(MAX_IDS).unwrap_or(i64::MAX);
        if is_one_too_many {
            let refused = sqlx::query(
                "update inbox_keys set until = null where delivery = $1 and kind = $2 \
                 and not exists (select 1 from inbox_keys where key = $3)",
            )
            .bind(number)
            .bind(kind_code(KeyKind::Body))
            .bind(key.key.as_ref());
            refused.execute(&mut *connection).await?;
            continue;
        }
        sqlx::query(
            "insert into inbox_keys (key, delivery, until, kind) values ($1, $2, $3, $4) \
             on conflict (key) do update set delivery = excluded.delivery, until = excluded.until, \
             kind = excluded.kind where inbox_keys.until <= $5",
        )
        .bind(key.key.as_ref())
        .bind(number)
        .bind(key.until.map(millis))
        .bind(kind_code(key.kind))
        .bind(millis(delivery.received))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

const fn kind_code(kind: KeyKind) -> i64 {
    match kind {
        KeyKind::Signed => 0,
        KeyKind::UnsignedId => 1,
        KeyKind::Body => 2,
    }
}

async fn kind_of(
    connection: &mut SqliteConnection,
    (provider, endpoint, event): (&str, &str, &str),
) -> Result<i64, StoreError> {
    // The update changes nothing, so that the row is returned either way.
    Ok(sqlx::query_scalar(
        "insert into inbox_kinds (provider, endpoint, event) values ($1, $2, $3) \
         on conflict (provider, endpoint, event) do update set event = excluded.event returning id",
    )
    .bind(provider)
    .bind(endpoint)
    .bind(event)
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
