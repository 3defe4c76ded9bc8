//! The connections that deliveries are stored on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use sqlx::{Connection as _, Postgres as Database};
use tokio::time::timeout;

use super::{PATIENCE, WRITERS};

/// A connection that was idle for longer is asked whether it is alive before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// Connections that are kept between batches. The pool would ask the server something whenever one is taken or given back,
/// which takes as long as storing a delivery.
#[derive(Default)]
pub(super) struct Writers(Mutex<Vec<(PoolConnection<Database>, Instant)>>);

impl Writers {
    pub(super) async fn take(
        &self,
        pool: &PgPool,
    ) -> Result<PoolConnection<Database>, sqlx::Error> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some((mut connection, since)) = kept {
            let is_alive = since.elapsed() < FRESH
                || matches!(timeout(PATIENCE, connection.ping()).await, Ok(Ok(())));
            if is_alive {
                return Ok(connection);
            }
            drop(connection.detach());
        }
        pool.acquire().await
    }

    /// Keeps a connection that is in order. Others go back to the pool, which finds out.
    pub(super) fn keep(&self, connection: PoolConnection<Database>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < WRITERS {
            kept.push((connection, Instant::now()));
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        let kept = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        // To go back to the pool a connection needs a runtime, which may be gone.
        for (connection, _) in kept.drain(..) {
            drop(connection.detach());
        }
    }
}
