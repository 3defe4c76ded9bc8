//! A store that runs on tokio's clock, and can be out of reach or slow. It counts the claims that it is asked for.
//!
//! As in Redis, a claim is executed even if nobody waits for the answer any more.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use webhook_idempotency::{Claim, ClaimStore, Keys, MemoryStore, StoreError, StoreFuture, Token};

pub(crate) struct Controlled {
    memory: Arc<MemoryStore>,
    claims: AtomicUsize,
    is_down: Arc<AtomicBool>,
    hold: Mutex<CancellationToken>,
}

impl Controlled {
    pub(crate) fn new() -> Self {
        let start = Instant::now();
        let memory = Arc::new(MemoryStore::with_clock(1000, move || start.elapsed()));
        let open = CancellationToken::new();
        open.cancel();
        let (claims, is_down) = (AtomicUsize::new(0), Arc::default());
        Self { memory, claims, is_down, hold: Mutex::new(open) }
    }

    pub(crate) fn claims(&self) -> usize {
        self.claims.load(Ordering::Relaxed)
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// Executes no claim before the returned token is canceled.
    pub(crate) fn hold_claims(&self) -> CancellationToken {
        let hold = CancellationToken::new();
        *self.hold.lock().unwrap() = hold.clone();
        hold
    }
}

impl ClaimStore for Controlled {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        self.claims.fetch_add(1, Ordering::Relaxed);
        let hold = self.hold.lock().unwrap().clone();
        let (memory, is_down, keys) = (self.memory.clone(), self.is_down.clone(), keys.clone());
        let executed = tokio::spawn(async move {
            hold.cancelled().await;
            if is_down.load(Ordering::Relaxed) {
                return Err(StoreError::unavailable("it is down"));
            }
            memory.claim(&keys, token, lease).await
        });
        Box::pin(async move { executed.await.unwrap() })
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        self.memory.commit(keys, token)
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        self.memory.release(keys, token)
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        self.memory.forget(keys)
    }
}
