//! What both receivers share: what their handlers do, and where they claim.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;
use webhook_actix::idempotency::{
    Claim, ClaimStore, Claims, Keys, MemoryStore, StoreError, StoreFuture, Token,
};
use webhook_core::providers::{samva, stripe, svara, voisnap};

use super::server::Server;
use super::{NOW, OLD_SECRET, SECRET};

/// One receiver under test.
pub(crate) struct Receiver {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) gate: &'static Semaphore,
    pub(crate) store: Arc<Breakable>,
    pub(crate) claims: Claims,
    pub(crate) site: &'static Site,
    /// Of its store; ends with it.
    pub(crate) server: Option<Arc<Server>>,
}

/// How often a handler has begun.
pub(crate) fn handled(receiver: &Receiver) -> usize {
    receiver.site.handled.load(Ordering::SeqCst)
}

/// What handlers do, which the body says.
pub(crate) struct Site {
    pub(crate) handled: AtomicUsize,
    pub(crate) gate: Semaphore,
    /// Bodies that were to fail the first time, and did.
    failed: Mutex<HashSet<String>>,
}

/// As in a handler whose clean-up fails.
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("as it was told");
    }
}

impl Site {
    pub(crate) fn new() -> &'static Self {
        let (handled, gate) = (AtomicUsize::new(0), Semaphore::new(0));
        Box::leak(Box::new(Self { handled, gate, failed: Mutex::default() }))
    }

    pub(crate) async fn handle(&self, body: &str) -> (u16, &'static str) {
        self.handled.fetch_add(1, Ordering::SeqCst);
        match body {
            "fail" => return (500, "failed"),
            "panic" => panic!("as it was told"),
            "stuck" => std::future::pending().await,
            "stuck-and-panics" => {
                let _guard = PanicsWhenDropped;
                std::future::pending::<()>().await;
            }
            "flaky" if self.failed.lock().unwrap().insert(body.to_owned()) => {
                return (500, "failed");
            }
            "hold" => self.gate.acquire().await.unwrap().forget(),
            _ => {}
        }
        (200, "done")
    }
}

/// A store that can be put out of reach.
pub(crate) struct Breakable {
    inner: Arc<dyn ClaimStore>,
    pub(crate) down: AtomicBool,
    pub(crate) asked: AtomicUsize,
}

impl Breakable {
    pub(crate) fn new() -> Arc<Self> {
        Self::around(Arc::new(MemoryStore::new(1000)))
    }

    pub(crate) fn around(inner: Arc<dyn ClaimStore>) -> Arc<Self> {
        Arc::new(Self { inner, down: AtomicBool::new(false), asked: AtomicUsize::new(0) })
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
}

/// Claims in this store. A handler that is stuck is ended soon, one that holds on has its time.
pub(crate) fn claims(store: &Arc<Breakable>) -> Claims {
    // Several receivers may share a server.
    let endpoint = Token::random().unwrap().to_string();
    Claims::new(store.clone())
        .endpoint(&endpoint)
        .clock(|| NOW)
        .handler_timeout(Duration::from_millis(1500))
}

/// The first word, if it names a key.
pub(crate) fn chosen_key(delivery: &webhook_core::Delivery) -> Option<String> {
    let body = std::str::from_utf8(delivery.body()).ok()?;
    body.split(' ').next().filter(|word| word.starts_with("key-")).map(str::to_owned)
}

pub(crate) fn secret() -> voisnap::Secret {
    voisnap::Secret::new(SECRET).unwrap().or_previous(OLD_SECRET).unwrap()
}

pub(crate) fn old_secret() -> voisnap::Secret {
    voisnap::Secret::new(OLD_SECRET).unwrap()
}

pub(crate) fn stripe() -> stripe::Secret {
    stripe::Secret::new(SECRET).unwrap().or_previous(OLD_SECRET).unwrap()
}

pub(crate) fn samva() -> samva::Secret {
    samva::Secret::new(SECRET).unwrap()
}

pub(crate) fn svara() -> svara::Secret {
    svara::Secret::new(SECRET).unwrap()
}
