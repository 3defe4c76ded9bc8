use super::super::shared::{ClaimedColumns, limit, millis};
use super::super::{Claimed, StoreError, Turn};
use super::{Sqlite, begin, settle};
use crate::endpoint::after;

impl Sqlite {
    pub(super) async fn take_turn(&self, turn: Turn<'_>) -> Result<Vec<Claimed>, StoreError> {
        let mut transaction = begin(&self.writer).await?;
        for settled in &turn.settled {
            settle(&mut transaction, turn.worker, settled).await?;
        }
        let claimed: Vec<ClaimedColumns> = if turn.want == 0 {
            Vec::new()
        } else {
            sqlx::query_as(
                "update inbox_deliveries set state = 1, attempts = attempts + 1, worker = $1, \
                 lease_until = $2, started_at = $3, run_at = null where number in ( \
                     select number from inbox_deliveries where run_at <= $3 \
                     order by run_at, number limit $4 \
                 ) returning number, attempts, received_at, record, body, \
                 (select endpoint from inbox_kinds where id = kind) as endpoint",
            )
            .bind(turn.worker)
            .bind(millis(after(turn.now, turn.lease)))
            .bind(millis(turn.now))
            .bind(limit(turn.want))
            .fetch_all(&mut *transaction)
            .await?
        };
        transaction.commit().await?;
        let mut claimed: Vec<Claimed> = claimed.into_iter().map(Into::into).collect();
        claimed.sort_unstable_by_key(|claimed| claimed.number);
        Ok(claimed)
    }
}
