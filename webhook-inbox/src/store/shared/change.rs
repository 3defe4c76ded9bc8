//! Replays and deletions.

/// Expands what changes deliveries that nobody works on.
macro_rules! change {
    ($some:literal, $end:literal) => {
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
            // An order is locked before its deliveries, as by everybody.
            let ordering: Option<Option<String>> =
                sqlx::query_scalar("select ordering from inbox_deliveries where number = $1")
                    .bind(number)
                    .fetch_optional(&mut *transaction)
                    .await?;
            if let Some(ordering) = ordering.flatten() {
                lock_orders(&mut transaction, vec![&ordering]).await?;
            }
            let deleted: Option<(Option<String>, i64)> = sqlx::query_as(
                "delete from inbox_deliveries where number = $1 and state <> 1 \
                 returning ordering, received_at",
            )
            .bind(number)
            .fetch_optional(&mut *transaction)
            .await?;
            let is_deleted = deleted.is_some();
            if is_deleted {
                remove_keys(&mut transaction, &[number]).await?;
            }
            let freed = deleted.and_then(|(ordering, received)| Some((ordering?, received)));
            release(&mut transaction, freed.as_slice()).await?;
            transaction.commit().await?;
            Ok(is_deleted)
        }

        async fn forget(pool: &Pool, before: UnixTime, limit: usize) -> Result<u64, StoreError> {
            let deletion = sqlx::query_scalar(concat!(
                "delete from inbox_deliveries where number ",
                $some,
                "select number from inbox_deliveries where received_at < $1 and +state in (2, 3, 4, 7) \
                 order by received_at limit $2",
                $end,
                " returning number",
            ));
            remove(pool, deletion.bind(shared::millis(before)).bind(shared::limit(limit))).await
        }

        async fn forget_rejected(pool: &Pool, keep: usize, limit: usize) -> Result<u64, StoreError> {
            let deletion = sqlx::query_scalar(concat!(
                "delete from inbox_deliveries where number ",
                $some,
                "select number from inbox_deliveries where state = 7 and number <= ( \
                     select number from inbox_deliveries where state = 7 \
                     order by number desc limit 1 offset $1 \
                 ) order by number limit $2",
                $end,
                " returning number",
            ));
            remove(pool, deletion.bind(shared::limit(keep)).bind(shared::limit(limit))).await
        }

        /// Removes deliveries with their keys. Returns how many.
        async fn remove(pool: &Pool, deletion: Deletion<'_>) -> Result<u64, StoreError> {
            let mut transaction = begin(pool).await?;
            let removed = deletion.fetch_all(&mut *transaction).await?;
            remove_keys(&mut transaction, &removed).await?;
            transaction.commit().await?;
            Ok(removed.len() as u64)
        }

        /// Removes the keys of deliveries that this transaction has removed.
        async fn remove_keys(connection: &mut Raw, deliveries: &[Number]) -> Result<(), StoreError> {
            for deliveries in deliveries.chunks(shared::LISTED) {
                let mut query = Builder::new("delete from inbox_keys where delivery in (");
                let mut list = query.separated(", ");
                for delivery in deliveries {
                    list.push_bind(*delivery);
                }
                query.push(")").build().execute(&mut *connection).await?;
            }
            Ok(())
        }
    };
}

pub(in crate::store) use change;
