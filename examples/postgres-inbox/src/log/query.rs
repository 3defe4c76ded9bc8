//! What the pages show, from the database.

use serde::Deserialize;
use sqlx::{FromRow, PgPool};

/// How many deliveries a page of the list has.
const PAGE: usize = 50;

/// Which deliveries are listed, from the query string. An empty one is none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub provider: String,
    pub event: String,
    pub state: String,
    /// Only deliveries that came before this one.
    pub before: Option<i64>,
}

/// A delivery in the list.
#[derive(FromRow)]
pub struct Row {
    pub id: i64,
    pub provider: String,
    pub event: String,
    pub delivery_id: Option<String>,
    pub received_at: String,
    pub done_at: Option<String>,
    pub state: String,
    pub next_attempt_at: Option<String>,
    pub attempts: i64,
    pub last_error: Option<String>,
}

#[derive(FromRow)]
pub struct Attempt {
    pub started_at: String,
    pub ended_at: Option<String>,
    pub error: Option<String>,
}

pub struct Found {
    pub rows: Vec<Row>,
    pub has_more: bool,
}

pub struct Delivery {
    pub row: Row,
    pub record: String,
    pub attempts: Vec<Attempt>,
}

/// The columns of a row, times as they are shown.
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "select id, provider, event, delivery_id, state, attempts, last_error,
                to_char(received_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as received_at,
                to_char(done_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as done_at,
                to_char(next_attempt_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
                    as next_attempt_at
            from delivery_log() log ",
            $rest
        )
    };
}

/// The newest deliveries that the filter lets through.
pub async fn list(pool: &PgPool, filter: &Filter) -> Result<Found, sqlx::Error> {
    let mut rows: Vec<Row> = sqlx::query_as(rows!(
        "where ($1 = '' or provider = $1) and ($2 = '' or event = $2) and ($3 = '' or state = $3)
            and ($4::bigint is null or id < $4)
        order by id desc limit $5"
    ))
    .bind(readable(&filter.provider))
    .bind(readable(&filter.event))
    .bind(readable(&filter.state))
    .bind(filter.before)
    .bind(i64::try_from(PAGE + 1).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(Found { rows, has_more })
}

/// One delivery with all that is known of it.
pub async fn one(pool: &PgPool, id: i64) -> Result<Option<Delivery>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(rows!("where id = $1")).bind(id).fetch_optional(pool).await?;
    let Some(row) = row else { return Ok(None) };
    let record: Option<String> =
        sqlx::query_scalar("select record::text from deliveries where id = $1")
            .bind(id)
            .fetch_optional(pool)
            .await?;
    let attempts = sqlx::query_as(
        "select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as started_at,
            to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as ended_at, error
        from attempts where delivery = $1 order by id",
    )
    .bind(id)
    .fetch_all(pool)
    .await?;
    Ok(record.map(|record| Delivery { row, record, attempts }))
}

/// PostgreSQL refuses NUL; a text that holds one is in no column.
fn readable(text: &str) -> String {
    text.trim().replace('\0', "\u{fffd}")
}
