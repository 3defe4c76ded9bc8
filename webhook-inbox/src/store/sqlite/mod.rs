//! One file, one writer.

mod accept;
mod turn;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{ConstantBuilder, Retryable as _};
use sqlx::Connection as _;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use webhook_core::UnixTime;

use super::kinds::Kinds;
use super::shared::{self, shared};
use super::{
    Accepted, Backlog, Claimed, Connection, Detail, Filter, NewDelivery, Number, Page, Replayed,
    Settled, State, Store, StoreError, StoreErrorKind, StoreFuture, Turn,
};

/// An inbox in a SQLite file, for one machine. Several processes may share the file.
///
/// Every commit is synced to disk (`synchronous=FULL`, write-ahead log). The file must be on a local disk, and beside it the
/// write-ahead log takes 32 MiB, or more while something reads for long.
#[derive(Clone)]
pub struct Sqlite {
    /// One connection: SQLite has one writer at a time.
    writer: SqlitePool,
    readers: SqlitePool,
    kinds: Arc<Kinds>,
}

/// SQLite has one.
const WRITERS: usize = 1;

/// After how many pages the write-ahead log is copied to the file, 32 MiB: neighbouring deliveries change the same pages, which
/// are then copied once. With SQLite's own 1,000, group commit was a fifth slower.
const WAL_PAGES: &str = "8192";

/// The size of each connection's cache in KiB, negative as SQLite wants it. When a page is split, SQLite looks through all of its
/// cache at the end of the transaction, and reads again what is not in it: with half as much, group commit was slower with
/// 1,000,000 deliveries, and with twice as much with 10,000.
const CACHE_KIB: &str = "-32768";

/// How long a statement waits for a writer of another process.
const BUSY: Duration = Duration::from_secs(5);

/// How long a statement of the log may take.
const READING: Duration = Duration::from_secs(3);

impl Sqlite {
    /// An inbox in this file. It is created if it does not exist.
    ///
    /// # Errors
    ///
    /// If the path is a directory, is in one that does not exist, or is a URI of SQLite's.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let refused = |reason: &str| {
            StoreError::new(StoreErrorKind::Refused, format!("{} {reason}", path.display()))
        };
        // SQLite would read these names in its own way.
        if ["file:", ":memory:"]
            .iter()
            .any(|name| path.as_os_str().as_encoded_bytes().starts_with(name.as_bytes()))
        {
            return Err(refused("is a URI of SQLite's, not a path: use `with_options`"));
        }
        if path.is_dir() {
            return Err(refused("is a directory"));
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if parent.is_some_and(|parent| !parent.is_dir()) {
            return Err(refused("is in a directory that does not exist"));
        }
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        Ok(Self::with_options(options))
    }

    /// An inbox in a database with options of your own. The journal mode and `synchronous` are set in any case.
    pub fn with_options(options: SqliteConnectOptions) -> Self {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("cache_size", CACHE_KIB)
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .pragma("temp_store", "memory");
        let pool = |connections| {
            SqlitePoolOptions::new().max_connections(connections).acquire_timeout(BUSY)
        };
        Self {
            writer: pool(1)
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(is_usable(connection)))
                .connect_lazy_with(options.clone()),
            readers: pool(4)
                .after_connect(|connection, _| Box::pin(limit_statement(connection)))
                .before_acquire(|connection, _| {
                    Box::pin(async { limit_statement(connection).await.map(|()| true) })
                })
                // A file that was removed is not replaced by an empty one.
                .connect_lazy_with(options.create_if_missing(false)),
            kinds: Arc::default(),
        }
    }

    /// The connection that writes, for a transaction in which you also call [`Work::done_in`](crate::Work::done_in).
    /// There is one for all: keep such a transaction short.
    pub const fn pool(&self) -> &SqlitePool {
        &self.writer
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut migrator = sqlx::migrate!("migrations/sqlite");
        // Other tables in this file may have migrations of their own, and a newer version may have added some here.
        migrator.dangerous_set_table_name("_inbox_migrations");
        migrator.set_ignore_missing(true);
        let refused = |error: &dyn std::error::Error| {
            let file = self.writer.connect_options().get_filename().display().to_string();
            StoreError::new(StoreErrorKind::Refused, format!("{file}: {error}"))
        };
        // Of programs that start together, one migrates. The others wait, but SQLite does not let them wait for the one
        // that sets the journal mode of a new file.
        let start = Instant::now();
        let again =
            ConstantBuilder::new().with_delay(Duration::from_millis(20)).without_max_times();
        let mut transaction = (|| self.writer.begin_with("begin immediate"))
            .retry(again)
            .when(|error| is_busy(error) && start.elapsed() < BUSY)
            .await
            .map_err(|error| refused(&error))?;
        let migrated = migrator.run_direct(None, &mut *transaction, false).await;
        migrated.map_err(|error| refused(&error))?;
        Ok(transaction.commit().await?)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

/// Whether somebody else holds the file (`SQLITE_BUSY`, in the lowest byte of an extended code).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse().ok()).is_some_and(|code: u32| code & 0xff == 5)
}

/// Whether sqlx takes the connection to be in no transaction. When the disk is full, SQLite itself has rolled back what sqlx
/// then cannot, so that sqlx would refuse to begin another for ever.
async fn is_usable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may be under way.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Lets the next statement of a connection run for this long.
async fn limit_statement(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let end = Instant::now() + READING;
    connection.lock_handle().await?.set_progress_handler(10_000, move || Instant::now() < end);
    Ok(())
}

shared!(Sqlite, "in (", ")");

/// How a list asks whether a body contains a text.
const CONTAINS: (&str, &str) = (" and instr(d.body, ", ") > 0");

/// A transaction that writes. It takes the lock at once: one that begins to write later may fail instead of waiting.
async fn begin(pool: &Pool) -> Result<Transaction<'static>, StoreError> {
    Ok(pool.begin_with("begin immediate").await?)
}

/// There is one writer.
#[expect(clippy::unused_async, reason = "other databases wait here")]
async fn lock_orders(_: &mut Raw, _: Vec<&str>) -> Result<(), sqlx::Error> {
    Ok(())
}

async fn ready(pool: &Pool) -> Result<(), StoreError> {
    begin(pool).await?.rollback().await?;
    Ok(())
}
