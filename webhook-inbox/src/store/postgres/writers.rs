//! The connections that deliveries are stored on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Postgres as Database;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;

use super::{WRITERS, is_alive};

/// A connection that was idle for longer is asked whether it is alive before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// One that was idle for longer goes back to the pool, which closes what is old.
const IDLE: Duration = Duration::from_secs(30);

/// Connections that are kept between batches. The pool would ask the server something whenever one is taken or given back,
/// which takes as long as storing a delivery.
#[derive(Default)]
pub(super) struct Writers(Mutex<Vec<(PoolConnection<Database>, Instant)>>);

impl Writers {
    pub(super) async fn take(
        &self,
        pool: &PgPool,
    ) -> Result<PoolConnection<Database>, sqlx::Error> {
        let kept = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|(_, since)| since.elapsed() < IDLE);
            kept.pop()
        };
        if let Some((mut connection, since)) = kept {
            if since.elapsed() < FRESH || is_alive(&mut connection).await.is_ok() {
                return Ok(connection);
            }
            drop(connection.detach());
            // Whatever broke it has broken the others, too.
            self.close();
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

    /// Closes what is kept, without a word to the server or the pool.
    fn close(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (connection, _) in kept.drain(..) {
            drop(connection.detach());
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        // To go back to the pool a connection needs a runtime, which may be gone.
        self.close();
    }
}
