//! Where it is remembered which deliveries have been handled.

use std::env;
use std::error::Error as _;
use std::time::Duration;

use webhook_tower::idempotency::{Claims, MemoryStore, RedisStore};

/// How long a delivery is remembered in memory. If the sender retries it later, it is worked on again. In Redis, it is
/// kept for a week.
const RETENTION: Duration = Duration::from_secs(60 * 60);

/// How many keys are held in memory. A delivery has three, of which two (the fingerprint and the body) are kept for 11
/// minutes and one (the id with the body) for [`RETENTION`]. That is room for 200 deliveries a second, day after day,
/// which take 220 MB, or for 333,000 within 11 minutes. Beyond it, senders get 503 until keys expire.
const CAPACITY: usize = 1_000_000;

/// In Redis if `REDIS_URL` is set, which need not be up yet; else in memory, for programs of which only one
/// process runs each.
pub fn from_env() -> Result<Claims, String> {
    let Some(url) = env::var_os("REDIS_URL") else {
        tracing::warn!(
            "REDIS_URL is not set: claims are in memory, for one receiver and one worker. \
             They are kept for an hour and lost when the program ends"
        );
        // A program has one endpoint.
        return Ok(in_memory(MemoryStore::new(CAPACITY).quota(CAPACITY)));
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

fn in_memory(store: MemoryStore) -> Claims {
    Claims::from(store).retention(RETENTION)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use webhook_tower::custom::{Head, Verify as _};
    use webhook_tower::idempotency::Claimed;
    use webhook_tower::providers::voisnap;
    use webhook_tower::{Bytes, Delivery, UnixTime};

    use super::*;

    fn delivery(second: u64) -> Delivery {
        let secret = voisnap::Secret::new("whsec").unwrap();
        let (id, body) = (format!("dlv_{second}"), format!(r#"{{"n":{second}}}"#));
        let (body, now) = (Bytes::from(body), UnixTime::from_secs(1_700_000_000));
        let headers = secret.sign(&body, now, Some(&id)).unwrap();
        secret.verify(&Head::new("POST", "/", &headers), &body, now).unwrap()
    }

    /// At a thousandth of the capacity and of the rate: a delivery every five seconds.
    #[tokio::test]
    async fn hours_of_200_deliveries_a_second_fit_into_memory() {
        let capacity = CAPACITY / 1000;
        let time = Arc::new(AtomicU64::new(0));
        let seconds = Arc::clone(&time);
        let now = move || Duration::from_secs(seconds.load(Ordering::Relaxed));
        let claims = in_memory(MemoryStore::with_clock(capacity, now).quota(capacity));
        let handle = async |second| {
            let delivery = delivery(second);
            claims.handle(&delivery, async || (), |()| true).await
        };
        for second in (0..6 * RETENTION.as_secs()).step_by(5) {
            time.store(second, Ordering::Relaxed);
            let claimed = handle(second).await;
            assert!(matches!(claimed, Claimed::Handled(())), "{claimed:?} after {second} s");
        }
        let last = time.load(Ordering::Relaxed);
        let hour_ago = last - (RETENTION.as_secs() - 5);
        assert!(matches!(handle(hour_ago).await, Claimed::Duplicate), "an hour later");
    }
}
