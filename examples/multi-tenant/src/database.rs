//! The secrets of all tenants, in an SQLite file.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};

/// How many secrets an endpoint has: the current one, and the one that it replaces.
const SECRETS: i64 = 2;

#[derive(Clone)]
pub struct Database(SqlitePool);

impl Database {
    /// Opens the file, or creates it for this user only: it holds secrets.
    pub async fn open(path: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
        let options =
            SqliteConnectOptions::new().filename(path).journal_mode(SqliteJournalMode::Wal);
        // What is deleted is overwritten.
        let options = options.pragma("secure_delete", "on");
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        sqlx::query(
            "create table if not exists secrets (
                number integer primary key autoincrement,
                tenant text not null,
                provider text not null,
                secret text not null
            ) strict",
        )
        .execute(&pool)
        .await?;
        sqlx::query("create index if not exists endpoint on secrets (tenant, provider)")
            .execute(&pool)
            .await?;
        Ok(Self(pool))
    }

    /// The secrets of an endpoint, the current one first. None if there is no such endpoint.
    pub async fn secrets(&self, tenant: &str, provider: &str) -> sqlx::Result<Vec<String>> {
        sqlx::query_scalar(
            "select secret from secrets where tenant = $1 and provider = $2 order by number desc",
        )
        .bind(tenant)
        .bind(provider)
        .fetch_all(&self.0)
        .await
    }

    /// Makes this the current secret of an endpoint, unless it is. The one so far is the previous one, and those before it
    /// are gone.
    pub async fn add(&self, tenant: &str, provider: &str, secret: &str) -> sqlx::Result<()> {
        // Others wait from here on, not only from the first write on.
        let mut transaction = self.0.begin_with("begin immediate").await?;
        let secrets: Vec<String> = sqlx::query_scalar(
            "select secret from secrets where tenant = $1 and provider = $2 order by number desc",
        )
        .bind(tenant)
        .bind(provider)
        .fetch_all(&mut *transaction)
        .await?;
        if secrets.first().is_some_and(|current| current == secret) {
            return Ok(());
        }
        // An earlier one that comes back is not there twice.
        sqlx::query("delete from secrets where tenant = $1 and provider = $2 and secret = $3")
            .bind(tenant)
            .bind(provider)
            .bind(secret)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("insert into secrets (tenant, provider, secret) values ($1, $2, $3)")
            .bind(tenant)
            .bind(provider)
            .bind(secret)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "delete from secrets where tenant = $1 and provider = $2 and number not in (
                select number from secrets where tenant = $1 and provider = $2
                order by number desc limit $3
            )",
        )
        .bind(tenant)
        .bind(provider)
        .bind(SECRETS)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Removes the previous secret of an endpoint.
    pub async fn remove_previous(&self, tenant: &str, provider: &str) -> sqlx::Result<bool> {
        let removed = sqlx::query(
            "delete from secrets where tenant = $1 and provider = $2 and number < (
                select max(number) from secrets where tenant = $1 and provider = $2
            )",
        );
        let removed = removed.bind(tenant).bind(provider).execute(&self.0).await?;
        Ok(removed.rows_affected() > 0)
    }

    /// Removes an endpoint.
    pub async fn remove(&self, tenant: &str, provider: &str) -> sqlx::Result<bool> {
        let removed = sqlx::query("delete from secrets where tenant = $1 and provider = $2");
        let removed = removed.bind(tenant).bind(provider).execute(&self.0).await?;
        Ok(removed.rows_affected() > 0)
    }
}
