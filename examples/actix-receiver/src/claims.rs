//! Where it is remembered which deliveries have been handled.

use std::env;
use std::error::Error as _;

use webhook_actix::idempotency::{Claims, MemoryStore, RedisStore};

/// How many keys are held in memory, half of them for one endpoint. A delivery has one, which is kept for a day. With an
/// id it has another; with a signed time (Voisnap) a third, and only the id's is kept for longer than 11 minutes. When
/// an endpoint has no room, its senders are told to come again.
const CAPACITY: usize = 100_000;

/// In Redis if `REDIS_URL` is set, which need not be up yet; else in memory, for a service that runs as
/// one process.
pub fn from_env() -> Result<Claims, String> {
    let Some(url) = env::var_os("REDIS_URL") else {
        return Ok(MemoryStore::new(CAPACITY).into());
    };
    match RedisStore::connect(&url.to_string_lossy()) {
        Ok(store) => Ok(store.into()),
        // Not the URL itself: it may hold a password.
        Err(error) => {
            let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            Err(format!("REDIS_URL cannot be used: {reason}"))
        }
    }
}
