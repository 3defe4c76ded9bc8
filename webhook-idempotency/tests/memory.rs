//! The store in memory: it conforms, and it never forgets a live claim.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use webhook_idempotency::{
    Claim, ClaimStore as _, Keys, MemoryStore, Note, StoreErrorKind, Token, testing,
};

const LEASE: Duration = Duration::from_secs(10);
const RETENTION: Duration = Duration::from_secs(100);

/// A store whose time goes by when it is told.
struct Timed {
    store: MemoryStore,
    time: Arc<Mutex<Duration>>,
}

impl Timed {
    fn new(capacity: usize) -> Self {
        let time = Arc::new(Mutex::new(Duration::ZERO));
        let clock = time.clone();
        let store =
            MemoryStore::with_clock(capacity, move || *clock.lock().unwrap()).quota(capacity);
        Self { store, time }
    }

    fn pass(&self, time: Duration) {
        *self.time.lock().unwrap() += time;
    }

    async fn claim(&self, key: usize) -> Result<(Claim, Token), StoreErrorKind> {
        let token = Token::random().unwrap();
        let claim = self.store.claim(&keys(key), token, LEASE).await;
        claim.map(|claim| (claim, token)).map_err(|error| error.kind())
    }

    async fn commit(&self, key: usize) {
        let (claim, token) = self.claim(key).await.unwrap();
        assert_eq!(claim, Claim::Ours);
        assert!(self.store.commit(&keys(key), token).await.unwrap());
    }
}

fn keys(key: usize) -> Keys {
    Keys::chosen("endpoint", "provider", &key.to_string(), RETENTION)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms() {
    let Timed { store, time } = Timed::new(1000);
    testing::conformance(store, async |passes| *time.lock().unwrap() += passes).await;
}

#[tokio::test]
async fn when_full_it_refuses_and_forgets_nothing() {
    let timed = Timed::new(100);
    for key in 0..100 {
        timed.commit(key).await;
    }
    assert_eq!(timed.store.len(), timed.store.capacity());
    assert_eq!(timed.claim(100).await, Err(StoreErrorKind::FullOfCommitted));
    for key in 0..100 {
        assert_eq!(timed.claim(key).await.unwrap().0, Claim::Committed(Note::default()));
    }
    timed.pass(RETENTION);
    for key in 100..200 {
        timed.commit(key).await;
    }
}

#[tokio::test]
async fn what_has_expired_makes_room() {
    let timed = Timed::new(64);
    for round in 0..100 {
        // Released, lost, committed, forgotten: all of it makes room when its time has come.
        for key in 0..16 {
            let (_, token) = timed.claim(4 * key).await.unwrap();
            timed.store.release(&keys(4 * key), token).await.unwrap();
            timed.claim(4 * key + 1).await.unwrap();
            timed.commit(4 * key + 2).await;
            timed.commit(4 * key + 3).await;
            assert!(timed.store.forget(&keys(4 * key + 3)).await.unwrap());
        }
        assert_eq!((timed.store.len(), timed.store.committed()), (48, 16), "in round {round}");
        timed.pass(RETENTION);
    }
}
