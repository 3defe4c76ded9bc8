//! The conformance suite: what every [`ClaimStore`] does, in tests.
//!
//! ```
//! # use std::sync::{Arc, Mutex};
//! # use std::time::Duration;
//! use webhook_idempotency::{MemoryStore, testing};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let time = Arc::new(Mutex::new(Duration::ZERO));
//! let clock = time.clone();
//! let store = MemoryStore::with_clock(10_000, move || *clock.lock().unwrap());
//! // A store with a clock of its own, such as Redis, sleeps instead.
//! testing::conformance(store, async |passes| *time.lock().unwrap() += passes).await;
//! # }
//! ```

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "assertions are what this module is for"
)]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use webhook_core::providers::standard_webhooks::StandardWebhooks;
use webhook_core::providers::voisnap::Voisnap;
use webhook_core::{Bytes, Delivery, Head, Provider, Secret, UnixTime, Verify as _};

use crate::keys::Keys;
use crate::store::{Claim, ClaimStore, Token};

/// How long a claim in flight is held. Short, for stores whose time cannot be advanced by hand; long
/// enough for a slow machine to take a few steps in.
const LEASE: Duration = Duration::from_millis(1500);

const RETENTION: Duration = Duration::from_secs(3600);

/// Runs the whole suite on a store, which may hold other claims too. `pass` lets time go by for it.
///
/// Panics at the first difference, with what it is.
pub async fn conformance(store: impl ClaimStore + 'static, pass: impl AsyncFn(Duration)) {
    let suite = Suite { store: Arc::new(store), run: token() };
    suite.a_delivery_is_claimed_once().await;
    suite.of_many_at_a_time_one_claims().await;
    suite.who_asks_again_gets_the_same_answer().await;
    suite.a_released_claim_is_free().await;
    suite.only_the_holder_settles().await;
    suite.a_replay_under_another_id_is_known().await;
    suite.a_retry_signed_anew_is_known_and_so_are_its_replays().await;
    suite.a_retry_signed_anew_in_flight_is_known_later().await;
    suite.an_id_to_come_cannot_be_used_up().await;
    suite.equal_bodies_are_not_equal_deliveries().await;
    suite.a_signed_id_is_enough().await;
    suite.a_rotation_hides_nothing().await;
    suite.endpoints_and_providers_do_not_meet().await;
    suite.what_is_forgotten_is_new().await;
    suite.a_lease_runs_out(&pass).await;
    suite.a_late_holder_settles_nothing(&pass).await;
    suite.retention_ends(&pass).await;
}

struct Suite<S> {
    store: Arc<S>,
    /// In the endpoints' names, so that one run does not meet another's claims.
    run: Token,
}

impl<S: ClaimStore + 'static> Suite<S> {
    fn keys(&self, case: &str, delivery: &Delivery) -> Keys {
        Keys::of(&format!("{case} {}", self.run), delivery, RETENTION).unwrap()
    }

    async fn claim(&self, keys: &Keys, token: Token) -> Claim {
        self.store.claim(keys, token, LEASE).await.unwrap()
    }

    /// Claims with a token of its own.
    async fn arrives(&self, keys: &Keys) -> Claim {
        self.claim(keys, token()).await
    }

    async fn is_committed(&self, keys: &Keys) {
        let token = token();
        assert_eq!(self.claim(keys, token).await, Claim::Ours);
        assert!(self.store.commit(keys, token).await.unwrap());
    }

    async fn a_delivery_is_claimed_once(&self) {
        let keys = self.keys("once", &voisnap("dlv_1", "{}", 0));
        let token = token();
        assert_eq!(self.claim(&keys, token).await, Claim::Ours);
        assert_eq!(self.arrives(&keys).await, Claim::InFlight);
        assert!(self.store.commit(&keys, token).await.unwrap());
        assert_eq!(self.arrives(&keys).await, Claim::Committed);
        assert!(!self.store.commit(&keys, token).await.unwrap(), "it is not in flight any more");
        self.store.release(&keys, token).await.unwrap();
        assert_eq!(self.arrives(&keys).await, Claim::Committed, "nor can it be released");
    }

    async fn of_many_at_a_time_one_claims(&self) {
        let keys = self.keys("race", &voisnap("dlv_1", "{}", 0));
        let tasks = (0..64).map(|_| {
            let (store, keys) = (self.store.clone(), keys.clone());
            tokio::spawn(async move { store.claim(&keys, token(), LEASE).await.unwrap() })
        });
        let claims: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
        let ours = claims.iter().filter(|claim| **claim == Claim::Ours).count();
        let waiting = claims.iter().filter(|claim| **claim == Claim::InFlight).count();
        assert_eq!((ours, waiting), (1, 63));
    }

    async fn who_asks_again_gets_the_same_answer(&self) {
        let keys = self.keys("again", &voisnap("dlv_1", "{}", 0));
        let token = token();
        assert_eq!(self.claim(&keys, token).await, Claim::Ours);
        assert_eq!(self.claim(&keys, token).await, Claim::Ours);
        self.store.release(&keys, token).await.unwrap();
        self.store.release(&keys, token).await.unwrap();
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
    }

    async fn a_released_claim_is_free(&self) {
        let keys = self.keys("release", &voisnap("dlv_1", "{}", 0));
        for _ in 0..3 {
            let token = token();
            assert_eq!(self.claim(&keys, token).await, Claim::Ours);
            self.store.release(&keys, token).await.unwrap();
            assert!(!self.store.commit(&keys, token).await.unwrap(), "it was released");
        }
        self.is_committed(&keys).await;
    }

    async fn only_the_holder_settles(&self) {
        let keys = self.keys("holder", &voisnap("dlv_1", "{}", 0));
        let (holder, other) = (token(), token());
        assert_eq!(self.claim(&keys, holder).await, Claim::Ours);
        assert!(!self.store.commit(&keys, other).await.unwrap());
        self.store.release(&keys, other).await.unwrap();
        assert_eq!(self.arrives(&keys).await, Claim::InFlight);
        assert!(self.store.commit(&keys, holder).await.unwrap());
    }

    async fn a_replay_under_another_id_is_known(&self) {
        let keys = |id, body| self.keys("replay", &voisnap(id, body, 0));
        self.is_committed(&keys("dlv_1", "{}")).await;
        assert_eq!(self.arrives(&keys("dlv_2", "{}")).await, Claim::Committed);
        assert_eq!(self.arrives(&keys("", "{}")).await, Claim::Committed, "or under none");
        // The replay left nothing behind: its id is still free for the delivery that it belongs to.
        let genuine = self.keys("replay", &voisnap("dlv_2", "{}", 1));
        assert_eq!(self.arrives(&genuine).await, Claim::Ours);
    }

    async fn a_retry_signed_anew_is_known_and_so_are_its_replays(&self) {
        let keys = |id, time| self.keys("retry", &voisnap(id, "{}", time));
        self.is_committed(&keys("dlv_1", 0)).await;
        assert_eq!(self.arrives(&keys("dlv_1", 5)).await, Claim::Committed);
        assert_eq!(self.arrives(&keys("dlv_2", 5)).await, Claim::Committed);
    }

    async fn a_retry_signed_anew_in_flight_is_known_later(&self) {
        let keys = |id, time| self.keys("retry in flight", &voisnap(id, "{}", time));
        let token = token();
        assert_eq!(self.claim(&keys("dlv_1", 0), token).await, Claim::Ours);
        assert_eq!(self.arrives(&keys("dlv_1", 5)).await, Claim::InFlight);
        assert!(self.store.commit(&keys("dlv_1", 0), token).await.unwrap());
        assert_eq!(self.arrives(&keys("dlv_2", 5)).await, Claim::Committed);
    }

    async fn an_id_to_come_cannot_be_used_up(&self) {
        let keys = |id, body| self.keys("poison", &voisnap(id, body, 0));
        // The first attempt fails, and a stranger replays it under an id that he foresees.
        let token = token();
        assert_eq!(self.claim(&keys("dlv_1", "first"), token).await, Claim::Ours);
        self.store.release(&keys("dlv_1", "first"), token).await.unwrap();
        self.is_committed(&keys("dlv_2", "first")).await;
        assert_eq!(self.arrives(&keys("dlv_2", "second")).await, Claim::Ours);
    }

    async fn equal_bodies_are_not_equal_deliveries(&self) {
        let keys = |id, time| self.keys("equal", &voisnap(id, "{}", time));
        self.is_committed(&keys("dlv_1", 0)).await;
        assert_eq!(self.arrives(&keys("dlv_2", 1)).await, Claim::Ours);
    }

    async fn a_signed_id_is_enough(&self) {
        let keys = |body| self.keys("signed", &standard_webhooks("msg_1", body));
        self.is_committed(&keys("first")).await;
        assert_eq!(self.arrives(&keys("second")).await, Claim::Committed);
    }

    async fn a_rotation_hides_nothing(&self) {
        let (old, new) = ("old", "new");
        let signed_with = |secrets: &[&str], signer| {
            let delivery = delivery::<Voisnap>(secrets, signer, None, "{}", 0);
            self.keys("rotation", &delivery)
        };
        // Handled before the rotation, replayed during it, and the other way round.
        self.is_committed(&signed_with(&[old], old)).await;
        assert_eq!(self.arrives(&signed_with(&[new, old], old)).await, Claim::Committed);
        // A sender that signs with both: what counts is the message, not which signature was left.
        assert_eq!(self.arrives(&signed_with(&[new, old], new)).await, Claim::Committed);
    }

    async fn endpoints_and_providers_do_not_meet(&self) {
        let delivery = voisnap("dlv_1", "{}", 0);
        self.is_committed(&self.keys("here", &delivery)).await;
        assert_eq!(self.arrives(&self.keys("there", &delivery)).await, Claim::Ours);
        let chosen = |provider| Keys::chosen(&self.run.to_string(), provider, "1", RETENTION);
        self.is_committed(&chosen("a")).await;
        assert_eq!(self.arrives(&chosen("b")).await, Claim::Ours);
    }

    async fn what_is_forgotten_is_new(&self) {
        let keys = self.keys("forget", &voisnap("dlv_1", "{}", 0));
        assert!(!self.store.forget(&keys).await.unwrap());
        self.is_committed(&keys).await;
        let endpoint = format!("forget {}", self.run);
        let by_id = Keys::of_unsigned_id(&endpoint, "voisnap", "dlv_1", b"{}");
        assert!(self.store.forget(&by_id).await.unwrap());
        assert!(!self.store.forget(&by_id).await.unwrap());
        self.is_committed(&keys).await;
    }

    async fn a_lease_runs_out(&self, pass: &impl AsyncFn(Duration)) {
        let keys = self.keys("lease", &voisnap("dlv_1", "{}", 0));
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
        assert_eq!(self.arrives(&keys).await, Claim::InFlight);
        pass(LEASE).await;
        self.is_committed(&keys).await;
        pass(LEASE).await;
        assert_eq!(self.arrives(&keys).await, Claim::Committed, "longer than the lease");
    }

    async fn a_late_holder_settles_nothing(&self, pass: &impl AsyncFn(Duration)) {
        let keys = self.keys("late", &voisnap("dlv_1", "{}", 0));
        let (late, holder) = (token(), token());
        assert_eq!(self.claim(&keys, late).await, Claim::Ours);
        pass(LEASE).await;
        assert!(!self.store.commit(&keys, late).await.unwrap());
        assert_eq!(self.claim(&keys, holder).await, Claim::Ours);
        assert!(!self.store.commit(&keys, late).await.unwrap());
        self.store.release(&keys, late).await.unwrap();
        assert_eq!(self.arrives(&keys).await, Claim::InFlight);
        assert!(self.store.commit(&keys, holder).await.unwrap());
    }

    async fn retention_ends(&self, pass: &impl AsyncFn(Duration)) {
        let endpoint = self.run.to_string();
        let keys = Keys::chosen(&endpoint, "retention", "1", LEASE);
        self.is_committed(&keys).await;
        assert_eq!(self.arrives(&keys).await, Claim::Committed);
        pass(LEASE).await;
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
    }
}

fn token() -> Token {
    Token::random().unwrap()
}

/// Signed some seconds after a fixed time.
fn voisnap(id: &str, body: &str, secs: u64) -> Delivery {
    delivery::<Voisnap>(&["secret"], "secret", Some(id).filter(|id| !id.is_empty()), body, secs)
}

fn standard_webhooks(id: &str, body: &str) -> Delivery {
    delivery::<StandardWebhooks>(&["c2VjcmV0"], "c2VjcmV0", Some(id), body, 0)
}

fn delivery<P: Provider>(
    secrets: &[&str],
    signer: &str,
    id: Option<&str>,
    body: &str,
    secs: u64,
) -> Delivery {
    let now = UnixTime::from_secs(1_700_000_000 + secs);
    let headers = Secret::<P>::new(signer).unwrap().sign(body.as_bytes(), now, id).unwrap();
    let (first, previous) = secrets.split_first().unwrap();
    let secret = previous.iter().fold(Secret::<P>::new(first).unwrap(), |secret, previous| {
        secret.or_previous(previous).unwrap()
    });
    let body = Bytes::copy_from_slice(body.as_bytes());
    secret.verify(&Head::new("POST", "/", &headers), &body, now).unwrap()
}
