//! Claims, leases and orders.

/// Expands what workers need.
macro_rules! work {
    ($some:literal, $end:literal) => {
        async fn renew(
            pool: &Pool,
            worker: &str,
            numbers: &[Number],
            until: UnixTime,
        ) -> Result<(), StoreError> {
            for numbers in numbers.chunks(shared::LISTED) {
                let mut query = Builder::new("update inbox_deliveries set lease_until = ");
                query.push_bind(shared::millis(until)).push(concat!(" where number ", $some));
                query.push("select number from inbox_deliveries where state = 1 and worker = ");
                query.push_bind(worker).push(" and number in (");
                let mut list = query.separated(", ");
                for number in numbers {
                    list.push_bind(*number);
                }
                query.push(concat!(")", $end)).build().execute(pool).await?;
            }
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
            let (state, run_at, error) = match &settled.outcome {
                Outcome::Done => (State::Done, None, None),
                Outcome::Retry { error, at } => {
                    (State::Failed, Some(shared::millis(*at)), Some(error))
                }
                Outcome::GivenUp { error } => (State::GivenUp, None, Some(error)),
            };
            let is_over = matches!(state, State::Done | State::GivenUp);
            let held: Option<Option<String>> = sqlx::query_scalar(
                "update inbox_deliveries set state = $1, run_at = $2, ended_at = $3, error = $4, \
                 worker = null, lease_until = null \
                 where number = $5 and state = 1 and worker = $6 and attempts = $7 returning ordering",
            )
            .bind(state.code())
            .bind(run_at)
            .bind(is_over.then_some(ended))
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

        /// Claims what is due, of each endpoint the earliest first.
        async fn claim(connection: &mut Raw, turn: &Turn<'_>) -> Result<Vec<Claimed>, StoreError> {
            let mut claimed: Vec<Claimed> = Vec::new();
            for endpoint in turn.endpoints {
                let room = turn.want.saturating_sub(claimed.len());
                if room == 0 {
                    break;
                }
                let more: Vec<shared::ClaimedColumns> = sqlx::query_as(concat!(
                    "update inbox_deliveries set state = 1, attempts = attempts + 1, worker = $1, \
                     lease_until = $2, started_at = $3, run_at = null where number ",
                    $some,
                    "select number from inbox_deliveries where endpoint = $5 and run_at <= $3 \
                     order by run_at, number limit $4",
                    $end,
                    " returning number, attempts, endpoint, received_at, record, body",
                ))
                .bind(turn.worker)
                .bind(shared::millis(crate::endpoint::after(turn.now, turn.lease)))
                .bind(shared::millis(turn.now))
                .bind(shared::limit(room))
                .bind(endpoint)
                .fetch_all(&mut *connection)
                .await?;
                claimed.extend(more.into_iter().map(Claimed::from));
            }
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
    };
}

pub(in crate::store) use work;
