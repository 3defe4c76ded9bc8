//! The attempts at each delivery: when, and what came of them.

use sqlx::{FromRow, PgPool};

/// An attempt that has begun.
#[derive(FromRow)]
pub struct Attempt {
    pub id: i64,
    pub delivery: i64,
    /// The delivery, as a CloudEvent in JSON.
    pub record: String,
}

/// Begins an attempt. `None` if there is nothing to do: the delivery is done, though its job was not
/// completed, or it was removed. Earlier attempts have ended, whether anybody could note it or not.
pub async fn begin(pool: &PgPool, delivery: i64) -> Result<Option<Attempt>, sqlx::Error> {
    sqlx::query_as(
        "with lost as (
            update attempts set ended_at = now(), error = 'the database was gone at its end'
            where delivery = $1 and ended_at is null
        ), begun as (
            insert into attempts (delivery)
            select id from deliveries where id = $1 and done_at is null
            returning id, delivery
        )
        select begun.id, begun.delivery, record::text
        from begun join deliveries on deliveries.id = begun.delivery",
    )
    .bind(delivery)
    .fetch_optional(pool)
    .await
}

/// The attempt succeeded: the delivery is done.
pub async fn succeeded(pool: &PgPool, attempt: &Attempt) -> Result<(), sqlx::Error> {
    sqlx::query(
        "with attempt as (
            update attempts set ended_at = now(), error = null where delivery = $1 and id = $2
        )
        update deliveries set done_at = now() where id = $1 and done_at is null",
    )
    .bind(attempt.delivery)
    .bind(attempt.id)
    .execute(pool)
    .await
    .map(drop)
}

/// The attempt failed.
pub async fn failed(pool: &PgPool, attempt: &Attempt, error: &str) -> Result<(), sqlx::Error> {
    sqlx::query("update attempts set ended_at = now(), error = $3 where delivery = $1 and id = $2")
        .bind(attempt.delivery)
        .bind(attempt.id)
        .bind(text(error))
        .execute(pool)
        .await
        .map(drop)
}

/// Whoever was to make an attempt at this delivery is gone. Returns whether it had begun.
pub async fn abandoned(pool: &PgPool, delivery: i64, error: &str) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "update attempts set ended_at = now(), error = $2 where delivery = $1 and ended_at is null",
    )
    .bind(delivery)
    .bind(error)
    .execute(pool)
    .await
    .map(|abandoned| abandoned.rows_affected() > 0)
}

/// As PostgreSQL takes it, which knows no NUL, and not without end.
fn text(error: &str) -> String {
    const MAX_CHARS: usize = 2000;
    error.chars().filter(|char| *char != '\0').take(MAX_CHARS).collect()
}
