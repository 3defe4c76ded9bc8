//! Several machines, one database.

mod accept;
mod turn;
mod writers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use tokio::time::timeout;
use webhook_core::UnixTime;

use self::writers::Writers;
use super::kinds::Kinds;
use super::shared::{self, shared};
use super::{
    Accepted, Backlog, Claimed, Connection, Detail, Filter, NewDelivery, Number, Page, Replayed,
    Settled, State, Store, StoreError, StoreErrorKind, StoreFuture, Turn,
};

/// An inbox in a PostgreSQL database, for several machines. Its version must be 12 or later, and its encoding UTF-8.
///
/// It has at most 20 connections, and those of [`pool`](Self::pool). They are opened when they are needed.
#[derive(Clone)]
pub struct Postgres {
    /// For what the inbox itself writes: nobody else can use them up. Half of them may be kept by `writers`.
    writer: PgPool,
    /// For the log, which must not keep others waiting.
    readers: PgPool,
    /// For transactions of the user's.
    pool: PgPool,
    kinds: Arc<Kinds>,
    writers: Arc<Writers>,
}

/// How long a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a connection may take to say that it is alive: storing may take 2 s in all.
const ALIVE: Duration = Duration::from_millis(500);

/// How many batches are written at a time: while some wait for the disk, the server works on others.
const WRITERS: usize = 8;

/// For connections that write. What a machine held that vanished is let go soon. Each statement sees what others have
/// committed before it. An answer of 200 needs a commit that is on disk. Every statement has its index: without statistics, as in
/// a new database, PostgreSQL would rather read all of a small table, and go on with that plan while it grows. And it would plan
/// statements with lists anew each time, which takes longer than to run them.
const WRITER: &str = "set statement_timeout = '5s'; set idle_in_transaction_session_timeout = '10s'; \
    set default_transaction_isolation = 'read committed'; \
    set enable_seqscan = off; set plan_cache_mode = force_generic_plan; \
    select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";

/// For connections that read.
const READER: &str = "set statement_timeout = '5s'; set enable_seqscan = off";

impl Postgres {
    /// An inbox in the database at this URL, `postgres://user:password@host:port/database`. The database is first
    /// connected to by [`Inbox::open`](crate::Inbox::open).
    ///
    /// With the feature `tls`, connections are encrypted if the server can. `?sslmode=verify-full` demands it and checks
    /// the server's certificate; `&sslrootcert=ca.pem` names an authority of your own. With `verify-ca`, which does not check
    /// the server's name, sqlx 0.9 panics if the program's crates enable both of rustls' crypto providers, unless the program
    /// has called `rustls::crypto::CryptoProvider::install_default`.
    ///
    /// # Errors
    ///
    /// If the URL is not one of a PostgreSQL database. The error does not contain it.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime, as do the other constructors.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            let text = "its URL does not begin with postgres://";
            return Err(StoreError::new(StoreErrorKind::Refused, text));
        }
        Ok(Self::with_options(url.parse()?))
    }

    /// An inbox in a database with options of your own.
    pub fn with_options(options: PgConnectOptions) -> Self {
        let pool = PgPoolOptions::new().max_connections(10).acquire_timeout(PATIENCE);
        Self::with_pool(pool.connect_lazy_with(options))
    }

    /// An inbox in the database of a pool of your own, which [`pool`](Self::pool) returns: for another size, or to share
    /// it. The inbox itself uses other connections, with the same options.
    pub fn with_pool(pool: PgPool) -> Self {
        let own = |connections, settings: &'static str| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .test_before_acquire(false)
                .before_acquire(|connection, _| Box::pin(is_alive(connection)))
                .after_release(|connection, _| Box::pin(is_alive(connection)))
                .after_connect(move |connection, _| {
                    Box::pin(async move {
                        sqlx::raw_sql(settings).execute(connection).await?;
                        Ok(())
                    })
                })
                .connect_lazy_with((*pool.connect_options()).clone())
        };
        Self {
            writer: own(16, WRITER),
            readers: own(4, READER),
            pool,
            kinds: Arc::default(),
            writers: Arc::default(),
        }
    }

    /// Connections for transactions in which you also call [`Work::done_in`](crate::Work::done_in): 10, unless the pool
    /// is your own.
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        // Not by way of a pool, which would only say that it had waited too long.
        let options = self.pool.connect_options();
        let mut connection = timeout(PATIENCE, PgConnection::connect_with(&options)).await??;
        let encoding: String =
            sqlx::query_scalar("show server_encoding").fetch_one(&mut connection).await?;
        if encoding != "UTF8" {
            let text = format!("its encoding is {encoding}, and has to be UTF8");
            return Err(StoreError::new(StoreErrorKind::Refused, text));
        }
        let mut migrator = sqlx::migrate!("migrations/postgres");
        // Other tables in this database may have migrations of their own, and a newer version may have added some here.
        migrator.dangerous_set_table_name("_inbox_migrations");
        migrator.set_ignore_missing(true);
        // It takes a lock: of programs that start together, one migrates.
        migrator
            .run_direct(None, &mut connection, false)
            .await
            .map_err(|error| StoreError::new(StoreErrorKind::Refused, error))?;
        connection.close().await?;
        Ok(())
    }
}

/// Whether the server still answers on a connection. The pool would ask without a limit, and a silent connection would hold its
/// place.
async fn is_alive(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    timeout(ALIVE, connection.ping()).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    Ok(true)
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

shared!(Postgres, "= any(array(", " for update skip locked))");

/// How a list asks whether a body contains a text.
const CONTAINS: (&str, &str) = (" and position(", " in d.body) > 0");

async fn begin(pool: &Pool) -> Result<Transaction<'static>, StoreError> {
    Ok(pool.begin().await?)
}

/// Nobody else says which deliveries of these orders are held, until the end of the transaction. Always in the same order,
/// so that two transactions do not wait for each other.
async fn lock_orders(connection: &mut Raw, orders: Vec<&str>) -> Result<(), sqlx::Error> {
    // A number that is unlikely to be anybody else's seed.
    sqlx::query(
        "select pg_advisory_xact_lock(id) from ( \
             select distinct hashtextextended(name, 7742301) as id from unnest($1::text[]) name order by id \
         ) ids",
    )
    .bind(orders)
    .execute(connection)
    .await?;
    Ok(())
}

async fn ready(pool: &Pool) -> Result<(), StoreError> {
    // It changes nothing, and is refused where nothing can be changed.
    sqlx::query("update inbox_kinds set event = event where false").execute(pool).await?;
    Ok(())
}
