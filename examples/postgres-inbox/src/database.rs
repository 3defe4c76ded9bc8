//! The database, with the tables in it.

use std::env;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::job;

/// How long a connection is waited for. Senders wait for us meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);

/// Any number that nobody else locks.
const MIGRATION_LOCK: i64 = 0x1b0c_5eed;

/// Connects to `DATABASE_URL` and brings its tables up to date.
pub async fn connect() -> Result<PgPool, String> {
    let url = env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set".to_owned())?;
    // Not the URL itself: it may hold a password.
    let unusable = |error: &dyn std::error::Error| format!("DATABASE_URL cannot be used: {error}");
    let options = PgPoolOptions::new().max_connections(20).acquire_timeout(PATIENCE);
    let options = options.connect_lazy(&url).map_err(|error| unusable(&error))?;
    migrate(&options).await.map_err(|error| unusable(&*error))?;
    Ok(options)
}

/// graphile_worker's tables first: ours refer to them. Programs that start together take turns.
async fn migrate(pool: &PgPool) -> Result<(), Box<dyn std::error::Error>> {
    let mut turn = pool.begin().await?;
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *turn)
        .await?;
    job::engine(pool).migrate().await?;
    sqlx::migrate!().run(pool).await?;
    turn.commit().await?;
    Ok(())
}
