use super::super::{Claimed, StoreError, Turn};
use super::{Sqlite, begin, claim, settle};

impl Sqlite {
    pub(super) async fn take_turn(&self, turn: Turn<'_>) -> Result<Vec<Claimed>, StoreError> {
        let mut transaction = begin(&self.writer).await?;
        for settled in &turn.settled {
            settle(&mut transaction, turn.worker, settled).await?;
        }
        let claimed = claim(&mut transaction, &turn).await?;
        transaction.commit().await?;
        Ok(claimed)
    }
}
