//! Tries a delivery again, from the start.

use sqlx::PgPool;

use crate::job::Jobs;

pub enum Replayed {
    Yes,
    /// Its job has yet to run, or runs just now.
    NotNow,
    NotThere,
}

/// Gives a delivery that is done, failed or given up a job with all its attempts ahead.
pub async fn replay(pool: &PgPool, jobs: &Jobs, id: i64) -> Result<Replayed, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Of two who press the button at once, the second sees what the first did.
    let is_there = sqlx::query("select from deliveries where id = $1 for update")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    if is_there.rows_affected() == 0 {
        return Ok(Replayed::NotThere);
    }
    let state: String = sqlx::query_scalar("select state from delivery_log() where id = $1")
        .bind(id)
        .fetch_one(&mut *transaction)
        .await?;
    if !can_be_replayed(&state) {
        return Ok(Replayed::NotNow);
    }
    sqlx::query("update deliveries set done_at = null where id = $1")
        .bind(id)
        .execute(&mut *transaction)
        .await?;
    jobs.add(&mut transaction, id).await?;
    transaction.commit().await?;
    tracing::info!(delivery = id, state, "replayed");
    Ok(Replayed::Yes)
}

pub fn can_be_replayed(state: &str) -> bool {
    matches!(state, "done" | "failed" | "given up")
}
