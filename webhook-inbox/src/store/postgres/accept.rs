use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::{Connection as _, PgConnection, Postgres as Database, QueryBuilder};
use tokio::time::timeout;

use super::super::kinds::Kind;
use super::super::plan::{KNOWN, KnownKey, Owner, Plan, PlannedKey, keys};
use super::super::shared::{NEW_KIND, millis};
use super::super::{Accepted, NewDelivery, Number, State, StoreError};
use super::{Postgres, lock_orders};

/// How often a batch is begun anew because others stored the same keys meanwhile. Each time, one of them is done.
const RETRIES: usize = 10;

/// How long the server may take for a batch, whose statements it ends by itself before. Then it is gone without a word.
const ANSWER: Duration = Duration::from_secs(10);

/// Stores a new delivery and its keys, or nothing if one of the keys is there. Most deliveries are new, and come alone unless
/// there are many: this is one statement where a batch needs two, and the server has less to do than for lists of one.
const STORE_ONE: &str = "with stored as ( \
         insert into inbox_deliveries \
         (kind, endpoint, delivery_id, received_at, state, run_at, record, body, head, error) \
         select $1::bigint, $2::text, $3::text, $4::bigint, $5::bigint, \
         case when $5 = 0 then $4 end, $6::text, $7::bytea, $8::bytea, $9::text \
         where not exists (select 1 from inbox_keys where key = any($10::bytea[])) \
         returning number \
     ), known as ( \
         insert into inbox_keys (key, delivery, until, kind) \
         select row.key, stored.number, row.until, row.kind \
         from stored, unnest($10::bytea[], $11::bigint[], $12::bigint[]) as row (key, until, kind) \
         order by row.key \
     ) select number from stored";

/// Stores the new deliveries and all keys. A key that another transaction has stored meanwhile is an error.
const STORE: &str = "with new as materialized ( \
         select nextval('inbox_deliveries_number_seq') as number, row.*, \
         case when row.state = 0 and exists ( \
             select 1 from inbox_deliveries earlier where earlier.ordering = row.ordering \
             and earlier.ordering is not null and earlier.state in (0, 1, 5, 6) \
         ) then 5 else row.state end as begins \
         from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bytea[], \
         $13::text[], $14::bytea[], $15::text[]) \
         with ordinality as row \
         (kind, delivery_id, received_at, state, ordering, record, body, endpoint, head, error, nth) \
     ), stored as ( \
         insert into inbox_deliveries \
         (number, kind, endpoint, delivery_id, received_at, state, run_at, ordering, record, body, head, error) \
         select number, kind, endpoint, delivery_id, received_at, begins, \
         case when begins = 0 then received_at end, ordering, record, body, head, error from new \
     ), known as ( \
         insert into inbox_keys (key, delivery, until, kind) \
         select row.key, coalesce(row.delivery, new.number), row.until, row.kind \
         from unnest($8::bytea[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) \
         as row (key, delivery, nth, until, kind) left join new on new.nth = row.nth order by row.key \
     ) select number from new order by nth";

impl Postgres {
    pub(super) async fn accept_batch(
        &self,
        batch: &[NewDelivery],
    ) -> Result<Vec<Accepted>, StoreError> {
        let mut retries = 0;
        loop {
            let mut connection = self.writers.take(&self.writer).await?;
            match timeout(ANSWER, self.try_to_accept(&mut connection, batch)).await {
                Ok(Ok(accepted)) => {
                    self.writers.keep(connection);
                    return Ok(accepted);
                }
                Ok(Err(error)) if is_conflict(&error) && retries < RETRIES => retries += 1,
                Ok(Err(error)) => return Err(error.into()),
                Err(elapsed) => {
                    // The pool would wait for its answer.
                    drop(connection.detach());
                    return Err(elapsed.into());
                }
            }
        }
    }

    /// The id of the delivery's kind. It is made if there is none, and stays if the delivery is not stored.
    async fn kind(
        &self,
        connection: &mut PgConnection,
        delivery: &NewDelivery,
    ) -> Result<i64, sqlx::Error> {
        let names = [&delivery.provider, &delivery.endpoint, &delivery.event];
        let kind: Kind = names.map(|name| text(name).into_owned()).into();
        if let Some(id) = self.kinds.get(&kind) {
            return Ok(id);
        }
        let id = sqlx::query_scalar(NEW_KIND)
            .bind(&kind.0)
            .bind(&kind.1)
            .bind(&kind.2)
            .fetch_one(connection)
            .await?;
        self.kinds.remember([(kind, id)]);
        Ok(id)
    }

    async fn try_to_accept(
        &self,
        connection: &mut PgConnection,
        batch: &[NewDelivery],
    ) -> Result<Vec<Accepted>, sqlx::Error> {
        if matches!(batch, [delivery] if delivery.order.is_none())
            && let Some(accepted) = self.accept_one(connection, batch).await?
        {
            return Ok(accepted);
        }
        let plan = Plan::of(batch, known(connection, batch).await?);
        let kinds = self.kinds(connection, &plan).await?;
        let (orders, owners) = (orders(&plan), plan.stored_owners());
        let is_one_statement = orders.is_empty()
            && owners.is_empty()
            && plan.expired.is_empty()
            && plan.lasting.is_empty();
        let numbers = if is_one_statement {
            store(connection, &plan, &kinds).await?
        } else {
            let mut transaction = connection.begin().await?;
            lock_orders(&mut transaction, orders.iter().map(|order| &**order).collect()).await?;
            hold(&mut transaction, owners).await?;
            make_way(&mut transaction, &plan, batch).await?;
            let numbers = store(&mut transaction, &plan, &kinds).await?;
            transaction.commit().await?;
            numbers
        };
        let missing = || sqlx::Error::Protocol("a delivery has no number".to_owned());
        plan.accepted(&numbers).ok_or_else(missing)
    }

    /// Stores a delivery that has no order, unless something is known of its keys.
    async fn accept_one(
        &self,
        connection: &mut PgConnection,
        batch: &[NewDelivery],
    ) -> Result<Option<Vec<Accepted>>, sqlx::Error> {
        let plan = Plan::of(batch, Vec::new());
        let [(delivery, state)] = plan.new[..] else { return Ok(None) };
        let keys = plan.keys.values();
        let number: Option<Number> = sqlx::query_scalar(STORE_ONE)
            .bind(self.kind(connection, delivery).await?)
            .bind(text(&delivery.endpoint))
            .bind(delivery.delivery_id.as_deref().map(text))
            .bind(millis(delivery.received))
            .bind(state.code())
            .bind(text(&delivery.record))
            .bind(&*delivery.body)
            .bind(delivery.head.as_deref())
            .bind(delivery.purpose.reason().map(text))
            .bind(plan.keys.keys().map(AsRef::as_ref).collect::<Vec<&[u8]>>())
            .bind(keys.clone().map(|key| key.until).collect::<Vec<_>>())
            .bind(keys.map(PlannedKey::kind_code).collect::<Vec<_>>())
            .fetch_optional(connection)
            .await?;
        Ok(plan.accepted(number.as_slice()))
    }

    /// The ids of the kinds of the new deliveries.
    async fn kinds(
        &self,
        connection: &mut PgConnection,
        plan: &Plan<'_>,
    ) -> Result<Vec<i64>, sqlx::Error> {
        let mut kinds = Vec::with_capacity(plan.new.len());
        for (delivery, _) in &plan.new {
            kinds.push(self.kind(connection, delivery).await?);
        }
        Ok(kinds)
    }
}

async fn known(
    connection: &mut PgConnection,
    batch: &[NewDelivery],
) -> Result<Vec<KnownKey>, sqlx::Error> {
    let keys: Vec<Vec<u8>> = keys(batch).iter().map(|key| key.as_ref().to_vec()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Database>::new(KNOWN);
    query.push("= any(").push_bind(keys).push(")");
    query.build_query_as().fetch_all(connection).await
}

/// The orders of what is to be worked on.
fn orders<'a>(plan: &Plan<'a>) -> Vec<Cow<'a, str>> {
    let work = plan.new.iter().filter(|(_, state)| matches!(state, State::Waiting | State::Held));
    work.filter_map(|(delivery, _)| delivery.order.as_deref()).map(text).collect()
}

/// Keeps these deliveries from being removed until the end of the transaction. [`sqlx::Error::RowNotFound`] if one is gone.
async fn hold(
    connection: &mut PgConnection,
    deliveries: BTreeSet<Number>,
) -> Result<(), sqlx::Error> {
    let count = deliveries.len();
    if count == 0 {
        return Ok(());
    }
    let held: Vec<Number> = sqlx::query_scalar(
        "select number from inbox_deliveries where number = any($1) order by number for key share",
    )
    .bind(deliveries.into_iter().collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    if held.len() == count { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Removes the keys that do not count and are written anew, and lets bodies count for longer.
async fn make_way(
    connection: &mut PgConnection,
    plan: &Plan<'_>,
    batch: &[NewDelivery],
) -> Result<(), sqlx::Error> {
    let now = batch.iter().map(|delivery| millis(delivery.received)).max();
    let expired: Vec<&[u8]> = plan.expired.iter().map(AsRef::as_ref).collect();
    if !expired.is_empty() {
        sqlx::query(
            "delete from inbox_keys where key = any($1) and (until <= $2 or not exists ( \
                 select 1 from inbox_deliveries where number = inbox_keys.delivery \
             ))",
        )
        .bind(expired)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    }
    if !plan.lasting.is_empty() {
        let lasting: Vec<Number> = plan.lasting.iter().copied().collect();
        sqlx::query("update inbox_keys set until = null where delivery = any($1) and kind = 2")
            .bind(lasting)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Returns the numbers of the new deliveries.
async fn store(
    connection: &mut PgConnection,
    plan: &Plan<'_>,
    kinds: &[i64],
) -> Result<Vec<Number>, sqlx::Error> {
    if plan.new.is_empty() && plan.keys.is_empty() {
        return Ok(Vec::new());
    }
    let new = || plan.new.iter().map(|(delivery, _)| *delivery);
    let each_text = |of: fn(&NewDelivery) -> Option<&str>| -> Vec<Option<Cow<'_, str>>> {
        new().map(|delivery| of(delivery).map(text)).collect()
    };
    let keys = plan.keys.values();
    let (stored, nth): (Vec<Option<Number>>, Vec<Option<i64>>) = keys
        .clone()
        .map(|key| match key.owner {
            Owner::Stored(number) => (Some(number), None),
            // Counted from 1.
            Owner::New(nth) => (None, i64::try_from(nth).ok().map(|nth| nth.saturating_add(1))),
        })
        .unzip();
    sqlx::query_scalar(STORE)
        .bind(kinds)
        .bind(each_text(|delivery| delivery.delivery_id.as_deref()))
        .bind(new().map(|delivery| millis(delivery.received)).collect::<Vec<_>>())
        .bind(plan.new.iter().map(|(_, state)| state.code()).collect::<Vec<_>>())
        .bind(each_text(|delivery| delivery.order.as_deref()))
        .bind(each_text(|delivery| Some(&delivery.record)))
        .bind(new().map(|delivery| &*delivery.body).collect::<Vec<_>>())
        .bind(plan.keys.keys().map(AsRef::as_ref).collect::<Vec<&[u8]>>())
        .bind(stored)
        .bind(nth)
        .bind(keys.clone().map(|key| key.until).collect::<Vec<_>>())
        .bind(keys.map(PlannedKey::kind_code).collect::<Vec<_>>())
        .bind(each_text(|delivery| Some(&delivery.endpoint)))
        .bind(new().map(|delivery| delivery.head.as_deref()).collect::<Vec<_>>())
        .bind(each_text(|delivery| delivery.purpose.reason()))
        .fetch_all(connection)
        .await
}

/// Whether somebody else was quicker: has removed the delivery of a duplicate, has stored one of the keys (23505), or waits
/// for us while we wait for them (40P01).
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(error, sqlx::Error::RowNotFound) || matches!(code.as_deref(), Some("23505" | "40P01"))
}

/// PostgreSQL stores no NUL in texts.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "").into() } else { text.into() }
}
