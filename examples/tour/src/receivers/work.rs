use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use webhook_tower::{Bytes, Delivery};

/// The name of an event whose handler waits until it is let go.
pub const SLOW: &str = "tour.slow";
/// The name of an event whose handler fails the first time.
pub const FAILING: &str = "tour.failing";

/// What the handlers of a receiver do about an event.
#[derive(Default)]
pub struct Work {
    gate: Notify,
    failed: Mutex<HashSet<Bytes>>,
}

impl Work {
    /// Whether it succeeded.
    pub async fn on(&self, delivery: &Delivery) -> bool {
        let body = delivery.body();
        let says = |name: &str| body.windows(name.len()).any(|part| part == name.as_bytes());
        if says(SLOW) {
            self.gate.notified().await;
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        !says(FAILING) || !failed.insert(body.clone())
    }

    /// Lets a slow handler go, or the next one if there is none.
    pub fn let_go(&self) {
        self.gate.notify_one();
    }
}
