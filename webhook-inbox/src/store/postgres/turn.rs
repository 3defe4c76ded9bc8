use super::super::shared::millis;
use super::super::{Claimed, Outcome, Settled, State, StoreError, Turn};
use super::{Postgres, Raw, begin, claim, end, release};

impl Postgres {
    pub(super) async fn take_turn(&self, turn: Turn<'_>) -> Result<Vec<Claimed>, StoreError> {
        let mut transaction = begin(&self.writer).await?;
        let (done, others): (Vec<_>, Vec<_>) =
            turn.settled.iter().partition(|settled| settled.outcome == Outcome::Done);
        let mut freed = Vec::new();
        if !done.is_empty() {
            freed.extend(end_done(&mut transaction, turn.worker, &done).await?);
        }
        for settled in others {
            freed.extend(end(&mut transaction, turn.worker, settled).await?.flatten());
        }
        release(&mut transaction, &freed).await?;
        let claimed = claim(&mut transaction, &turn).await?;
        transaction.commit().await?;
        Ok(claimed)
    }
}

/// Ends what is done in one statement, as [`end`] would one after the other.
async fn end_done(
    connection: &mut Raw,
    worker: &str,
    done: &[&Settled],
) -> Result<impl Iterator<Item = (String, i64)> + use<>, StoreError> {
    let ended: Vec<(Option<String>, i64)> = sqlx::query_as(
        "update inbox_deliveries set state = $1, run_at = null, ended_at = done.ended_at, \
         error = null, worker = null, lease_until = null \
         from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as done (number, attempts, ended_at) \
         where inbox_deliveries.number = done.number and state = 1 and worker = $5 \
         and inbox_deliveries.attempts = done.attempts returning ordering, done.ended_at",
    )
    .bind(State::Done.code())
    .bind(done.iter().map(|settled| settled.number).collect::<Vec<_>>())
    .bind(done.iter().map(|settled| i64::from(settled.attempt)).collect::<Vec<_>>())
    .bind(done.iter().map(|settled| millis(settled.ended)).collect::<Vec<_>>())
    .bind(worker)
    .fetch_all(connection)
    .await?;
    Ok(ended.into_iter().filter_map(|(ordering, at)| Some((ordering?, at))))
}
