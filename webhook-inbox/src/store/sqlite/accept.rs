use std::collections::HashMap;

use sqlx::{QueryBuilder, Sqlite as Database, SqliteConnection};

use super::super::plan::{KNOWN, KnownKey, Plan, keys, number};
use super::super::shared::{LISTED, millis};
use super::super::{Accepted, NewDelivery, Number, State, StoreError, StoreErrorKind};
use super::{Sqlite, begin};

impl Sqlite {
    pub(super) async fn accept_batch(
        &self,
        batch: &[NewDelivery],
    ) -> Result<Vec<Accepted>, StoreError> {
        let mut transaction = begin(&self.writer).await?;
        let plan = Plan::of(batch, known(&mut transaction, batch).await?);
        let mut kinds = HashMap::new();
        let mut numbers = Vec::with_capacity(plan.new.len());
        for (delivery, state) in &plan.new {
            numbers.push(store(&mut transaction, delivery, *state, &mut kinds).await?);
        }
        store_keys(&mut transaction, &plan, &numbers).await?;
        transaction.commit().await?;
        let missing = || StoreError::new(StoreErrorKind::Refused, "a delivery has no number");
        plan.accepted(&numbers).ok_or_else(missing)
    }
}

async fn known(
    connection: &mut SqliteConnection,
    batch: &[NewDelivery],
) -> Result<Vec<KnownKey>, StoreError> {
    let keys: Vec<_> = keys(batch).into_iter().collect();
    let mut known = Vec::new();
    for keys in keys.chunks(LISTED) {
        let mut query = QueryBuilder::<Database>::new(KNOWN);
        query.push("in (");
        let mut list = query.separated(", ");
        for key in keys {
            list.push_bind(key.as_ref().to_vec());
        }
        query.push(")");
        known.extend(query.build_query_as::<KnownKey>().fetch_all(&mut *connection).await?);
    }
    Ok(known)
}

type Kinds<'a> = HashMap<(&'a str, &'a str, &'a str), i64>;

async fn store<'a>(
    connection: &mut SqliteConnection,
    delivery: &'a NewDelivery,
    state: State,
    kinds: &mut Kinds<'a>,
) -> Result<Number, StoreError> {
    let kind = (&*delivery.provider, &*delivery.endpoint, &*delivery.event);
    let kind = match kinds.get(&kind) {
        Some(id) => *id,
        None => *kinds.entry(kind).or_insert(kind_of(connection, kind).await?),
    };
    let state = match &delivery.order {
        Some(order) if state == State::Waiting && has_earlier(connection, order).await? => {
            State::Held
        }
        _ => state,
    };
    Ok(sqlx::query_scalar(
        "insert into inbox_deliveries \
         (kind, endpoint, delivery_id, received_at, state, run_at, ordering, record, body, head, error) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning number",
    )
    .bind(kind)
    .bind(&delivery.endpoint)
    .bind(&delivery.delivery_id)
    .bind(millis(delivery.received))
    .bind(state.code())
    .bind((state == State::Waiting).then_some(millis(delivery.received)))
    .bind(&delivery.order)
    .bind(&delivery.record)
    .bind(&*delivery.body)
    .bind(delivery.head.as_deref())
    .bind(delivery.purpose.reason())
    .fetch_one(connection)
    .await?)
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
    for keys in keys.chunks(LISTED) {
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
