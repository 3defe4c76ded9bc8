//! The store in memory: it conforms, and never forgets a live claim.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use webhook_idempotency::{
    Claim, ClaimStore as _, Keys, MemoryStore, Note, Scope, StoreErrorKind, Token, testing,
};

const LEASE: Duration = Duration::from_secs(10);
const RETENTION: Duration = Duration::from_secs(100);

/// A store whose time is advanced by the test.
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
    Keys::chosen(Scope::new("endpoint", "provider"), &key.to_string(), RETENTION)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms() {
    let Timed { store, time } = Timed::new(1000);
    testing::conformance(store, async |passes| *time.lock().unwrap() += passes).await;
}

#[tokio::test]
async fn a_full_store_refuses_new_claims_and_forgets_none() {
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
async fn expired_claims_make_room() {
    let timed = Timed::new(64);
    for round in 0..100 {
        // Released, lost, committed and forgotten claims all make room once they expire.
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

fn keys_at(endpoint: &str, key: usize) -> Keys {
    Keys::chosen(Scope::new(endpoint, "provider"), &key.to_string(), RETENTION)
}

#[tokio::test]
async fn a_burst_at_one_endpoint_does_not_block_another() {
    let store = MemoryStore::new(100);
    let claim = async |endpoint, key| {
        let claim = store.claim(&keys_at(endpoint, key), Token::random().unwrap(), LEASE).await;
        claim.map_err(|error| error.kind())
    };
    for key in 0..50 {
        assert_eq!(claim("flooded", key).await, Ok(Claim::Ours));
    }
    // The default quota is half of the capacity.
    assert_eq!(claim("flooded", 50).await, Err(StoreErrorKind::Full));
    for key in 0..50 {
        assert_eq!(claim("other", key).await, Ok(Claim::Ours));
    }
    assert_eq!(claim("third", 0).await, Err(StoreErrorKind::Full), "the capacity");
}

#[tokio::test]
async fn a_store_full_of_committed_claims_reports_it() {
    let timed = Timed::new(10);
    for key in 0..5 {
        timed.commit(key).await;
        timed.claim(5 + key).await.unwrap();
    }
    assert_eq!((timed.store.len(), timed.store.committed()), (10, 5));
    let error = timed.store.claim(&keys(10), Token::random().unwrap(), LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::FullOfCommitted);
    let text = "the claim store is full of committed claims until their retention ends";
    assert_eq!(error.to_string(), text);
    // Duplicates of existing claims are still recognized.
    assert_eq!(timed.claim(0).await.unwrap().0, Claim::Committed(Note::default()));
}

#[tokio::test]
async fn a_commit_of_a_lost_claim_needs_room() {
    let timed = Timed::new(1);
    let (_, late) = timed.claim(0).await.unwrap();
    timed.pass(RETENTION);
    let (_, other) = timed.claim(1).await.unwrap();
    let error = timed.store.commit(&keys(0), late).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    assert!(timed.store.commit(&keys(1), other).await.unwrap());
    timed.pass(RETENTION);
    assert!(timed.store.commit(&keys(0), late).await.unwrap());
}
