use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use webhook_idempotency::{Claim, ClaimStore, Keys, StoreError, StoreFuture, Token};

/// A store that can be put out of reach.
pub(super) struct Breakable {
    inner: Arc<dyn ClaimStore>,
    down: AtomicBool,
    asked: AtomicUsize,
}

impl Breakable {
    pub(super) fn around(inner: impl ClaimStore + 'static) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(inner),
            down: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        })
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// How often it was asked for anything.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn up<'a, T: 'a>(&self, answer: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.down.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::unavailable("out of reach")) });
        }
        answer
    }
}

impl ClaimStore for Breakable {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        self.up(Box::pin(async move { self.inner.claim(keys, token, lease).await }))
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        self.up(Box::pin(async move { self.inner.commit(keys, token).await }))
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        self.up(Box::pin(async move { self.inner.release(keys, token).await }))
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        self.up(Box::pin(async move { self.inner.forget(keys).await }))
    }

    fn ready(&self) -> StoreFuture<'_, ()> {
        self.up(self.inner.ready())
    }
}
