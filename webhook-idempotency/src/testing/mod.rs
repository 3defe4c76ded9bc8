//! For tests of stores: the conformance suite, the contract as a program ([`Model`]), and deliveries to claim.
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
//! // A store whose time cannot be controlled, such as Redis, sleeps instead.
//! testing::conformance(store, async |passes| *time.lock().unwrap() += passes).await;
//! # }
//! ```

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "this module makes assertions"
)]

mod deliveries;
mod model;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use webhook_core::Delivery;

use crate::keys::{Keys, Note};
use crate::scope::Scope;
use crate::store::{Claim, ClaimStore, MAX_IDS, Token};
pub use deliveries::{NamesInBody, SignsBody, SignsId, SignsTime, delivery, secret};
pub use model::Model;

/// The lease of a claim. It is short, for stores whose time cannot be advanced by hand, but long enough for a slow
/// machine to take a few steps.
const LEASE: Duration = Duration::from_millis(1500);

const RETENTION: Duration = Duration::from_secs(3600);

const IN_FLIGHT: Claim = Claim::InFlight(Note::NONE);
const COMMITTED: Claim = Claim::Committed(Note::NONE);

/// Runs the whole suite on a store, which may contain other claims too. `pass` lets time pass for the store.
///
/// Panics at the first deviation, with a description of it.
pub async fn conformance(store: impl ClaimStore + 'static, pass: impl AsyncFn(Duration)) {
    let suite = Suite { store: Arc::new(store), run: token() };
    suite.it_is_ready().await;
    suite.a_delivery_is_claimed_once().await;
    suite.one_of_many_concurrent_attempts_claims().await;
    suite.a_repeated_claim_gets_the_same_answer().await;
    suite.a_claim_by_the_token_that_committed_is_a_duplicate().await;
    suite.a_released_claim_is_free().await;
    suite.only_the_holder_settles().await;
    suite.a_replay_under_another_id_is_a_duplicate().await;
    suite.a_copy_that_overtakes_the_original_shares_its_claim().await;
    suite.a_failed_attempt_under_another_id_shares_the_claim().await;
    suite.ids_beyond_the_maximum_keep_the_body_for_the_retention().await;
    suite.a_delivery_is_recognized_by_the_id_in_its_body().await;
    suite.the_note_of_the_claimed_delivery_is_returned().await;
    suite.a_retry_with_a_new_signature_and_its_replays_are_duplicates().await;
    suite.a_retry_with_a_new_signature_in_flight_is_a_duplicate_later().await;
    suite.attackers_cannot_claim_a_future_id().await;
    suite.equal_bodies_are_duplicates_unless_told_apart().await;
    suite.a_signed_id_is_enough().await;
    suite.a_duplicate_is_recognized_across_a_rotation().await;
    suite.endpoints_providers_and_tenants_share_no_claims().await;
    suite.a_forgotten_delivery_can_be_claimed_again().await;
    suite.a_claim_is_free_when_its_lease_ends(&pass).await;
    suite.the_holder_renews_its_lease(&pass).await;
    suite.a_holder_whose_lease_has_ended_renews_a_free_claim_only(&pass).await;
    suite.a_renewed_claim_that_was_forgotten_is_a_new_one().await;
    suite.a_late_holder_cannot_settle_anothers_claim(&pass).await;
    suite.a_late_commit_succeeds_if_nobody_else_claimed(&pass).await;
    suite.a_commit_of_a_forgotten_claim_succeeds().await;
    suite.extreme_durations_are_accepted().await;
    suite.a_committed_claim_expires_after_its_retention(&pass).await;
}

struct Suite<S> {
    store: Arc<S>,
    /// Part of the endpoints' names, so that runs do not share claims.
    run: Token,
}

impl<S: ClaimStore + 'static> Suite<S> {
    fn keys(&self, case: &str, delivery: &Delivery) -> Keys {
        Keys::of(&format!("{case} {}", self.run), delivery, RETENTION).unwrap()
    }

    async fn claim(&self, keys: &Keys, token: Token) -> Claim {
        self.store.claim(keys, token, LEASE).await.unwrap()
    }

    /// Claims with a new token.
    async fn arrives(&self, keys: &Keys) -> Claim {
        self.claim(keys, token()).await
    }

    async fn is_committed(&self, keys: &Keys) {
        let token = token();
        assert_eq!(self.claim(keys, token).await, Claim::Ours);
        assert!(self.store.commit(keys, token).await.unwrap());
    }

    async fn it_is_ready(&self) {
        self.store.ready().await.unwrap();
    }

    async fn a_delivery_is_claimed_once(&self) {
        let keys = self.keys("once", &time_signed("dlv_1", "{}", 0));
        let token = token();
        assert_eq!(self.claim(&keys, token).await, Claim::Ours);
        assert_eq!(self.arrives(&keys).await, IN_FLIGHT);
        assert!(self.store.commit(&keys, token).await.unwrap());
        assert_eq!(self.arrives(&keys).await, COMMITTED);
        assert!(self.store.commit(&keys, token).await.unwrap(), "a commit can be repeated");
        assert!(!self.store.commit(&keys, self::token()).await.unwrap(), "by nobody else");
        self.store.release(&keys, token).await.unwrap();
        assert_eq!(self.arrives(&keys).await, COMMITTED, "nor can it be released");
    }

    async fn one_of_many_concurrent_attempts_claims(&self) {
        let keys = self.keys("race", &time_signed("dlv_1", "{}", 0));
        let tasks = (0..64).map(|_| {
            let (store, keys) = (self.store.clone(), keys.clone());
            tokio::spawn(async move { store.claim(&keys, token(), LEASE).await.unwrap() })
        });
        let claims: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
        let ours = claims.iter().filter(|claim| **claim == Claim::Ours).count();
        let waiting = claims.iter().filter(|claim| **claim == IN_FLIGHT).count();
        assert_eq!((ours, waiting), (1, 63));
    }

    async fn a_repeated_claim_gets_the_same_answer(&self) {
        let keys = self.keys("again", &time_signed("dlv_1", "{}", 0));
        let token = token();
        assert_eq!(self.claim(&keys, token).await, Claim::Ours);
        assert_eq!(self.claim(&keys, token).await, Claim::Ours);
        self.store.release(&keys, token).await.unwrap();
        self.store.release(&keys, token).await.unwrap();
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
    }

    async fn a_claim_by_the_token_that_committed_is_a_duplicate(&self) {
        let keys = self.keys("own duplicate", &time_signed("dlv_1", "{}", 0));
        let holder = token();
        assert_eq!(self.claim(&keys, holder).await, Claim::Ours);
        assert!(self.store.commit(&keys, holder).await.unwrap());
        assert_eq!(self.claim(&keys, holder).await, COMMITTED);
        self.store.release(&keys, holder).await.unwrap();
        assert_eq!(self.arrives(&keys).await, COMMITTED, "nothing has changed");
    }

    async fn a_released_claim_is_free(&self) {
        let keys = self.keys("release", &time_signed("dlv_1", "{}", 0));
        for _ in 0..3 {
            let token = token();
            assert_eq!(self.claim(&keys, token).await, Claim::Ours);
            self.store.release(&keys, token).await.unwrap();
        }
        self.is_committed(&keys).await;
    }

    async fn only_the_holder_settles(&self) {
        let keys = self.keys("holder", &time_signed("dlv_1", "{}", 0));
        let (holder, other) = (token(), token());
        assert_eq!(self.claim(&keys, holder).await, Claim::Ours);
        assert!(!self.store.commit(&keys, other).await.unwrap());
        self.store.release(&keys, other).await.unwrap();
        assert_eq!(self.arrives(&keys).await, IN_FLIGHT);
        assert!(self.store.commit(&keys, holder).await.unwrap());
    }

    async fn a_replay_under_another_id_is_a_duplicate(&self) {
        let keys = |id, body| self.keys("replay", &time_signed(id, body, 0));
        self.is_committed(&keys("dlv_1", "{}")).await;
        assert_eq!(self.arrives(&keys("dlv_2", "{}")).await, COMMITTED);
        assert_eq!(self.arrives(&keys("", "{}")).await, COMMITTED, "or without an id");
        // The made-up id is combined with the body, so another delivery can still claim it.
        assert_eq!(self.arrives(&keys("dlv_2", "other")).await, Claim::Ours);
    }

    async fn a_copy_that_overtakes_the_original_shares_its_claim(&self) {
        let keys = |id, time| self.keys("overtaken", &time_signed(id, "{}", time));
        for (made_up, genuine) in [("dlv_2", "dlv_1"), ("", "dlv_3")] {
            let body = format!("{{{genuine}}}");
            let keys = |id, time| self.keys("overtaken", &time_signed(id, &body, time));
            let copy = token();
            assert_eq!(self.claim(&keys(made_up, 0), copy).await, Claim::Ours);
            assert_eq!(self.arrives(&keys(genuine, 0)).await, IN_FLIGHT);
            assert!(self.store.commit(&keys(made_up, 0), copy).await.unwrap());
            assert_eq!(self.arrives(&keys(genuine, 60)).await, COMMITTED);
            // It is found by its id alone, when its fingerprints and its body are forgotten.
            assert_eq!(self.arrives(&keys(genuine, 60).without_body()).await, COMMITTED);
        }
        // The original never arrives. Its retry shares only the body with the copy.
        self.is_committed(&keys("dlv_5", 0)).await;
        assert_eq!(self.arrives(&keys("dlv_4", 60)).await, COMMITTED);
    }

    async fn a_failed_attempt_under_another_id_shares_the_claim(&self) {
        let keys = |id, time| self.keys("failed", &time_signed(id, "{}", time)).without_body();
        let attempt = token();
        assert_eq!(self.claim(&keys("dlv_1", 0), attempt).await, Claim::Ours);
        self.store.release(&keys("dlv_1", 0), attempt).await.unwrap();
        // Its copy is handled, and then the authentic retry arrives with a new signature.
        self.is_committed(&keys("dlv_2", 0)).await;
        assert_eq!(self.arrives(&keys("dlv_1", 60)).await, COMMITTED);
        assert_eq!(self.arrives(&keys("", 60)).await, COMMITTED);
    }

    async fn ids_beyond_the_maximum_keep_the_body_for_the_retention(&self) {
        let keys = |id: usize, time| self.keys("flood", &time_signed(&id.to_string(), "{}", time));
        self.is_committed(&keys(0, 0)).await;
        for id in 1..MAX_IDS + 2 {
            assert_eq!(self.arrives(&keys(id, 0)).await, COMMITTED);
        }
        let by_id = async |id, time| self.arrives(&keys(id, time).without_body()).await;
        assert_eq!(by_id(MAX_IDS - 1, 61).await, COMMITTED);
        assert_eq!(by_id(MAX_IDS, 62).await, Claim::Ours, "one more than the maximum");
        assert_eq!(self.arrives(&keys(MAX_IDS + 1, 63)).await, COMMITTED, "by its body");
    }

    async fn a_delivery_is_recognized_by_the_id_in_its_body(&self) {
        let secret = secret::<NamesInBody>(&["secret"]);
        let keys = |body, time| self.keys("named", &delivery(&secret, None, body, time));
        self.is_committed(&keys(r#"{"id":"evt_1"}"#, 0)).await;
        assert_eq!(self.arrives(&keys(r#"{"id":"evt_1","a":1}"#, 60)).await, COMMITTED);
        assert_eq!(self.arrives(&keys(r#"{"id":"evt_2"}"#, 60)).await, Claim::Ours);
    }

    async fn the_note_of_the_claimed_delivery_is_returned(&self) {
        let secret = secret::<SignsBody>(&["secret"]);
        let keys = self.keys("note", &delivery(&secret, None, "{}", 0));
        let [first, second] = [[1; 16], [2; 16]].map(|note| Note::from_bytes(&note).unwrap());
        let (holder, first_keys) = (token(), keys.clone().with_note(first));
        assert_eq!(self.claim(&first_keys, holder).await, Claim::Ours);
        let other = keys.with_note(second);
        assert_eq!(self.arrives(&other).await, Claim::InFlight(first));
        assert!(self.store.commit(&first_keys, holder).await.unwrap());
        assert_eq!(self.arrives(&other).await, Claim::Committed(first));
    }

    async fn a_retry_with_a_new_signature_and_its_replays_are_duplicates(&self) {
        let keys = |id, time| self.keys("retry", &time_signed(id, "{}", time));
        self.is_committed(&keys("dlv_1", 0)).await;
        assert_eq!(self.arrives(&keys("dlv_1", 5)).await, COMMITTED);
        assert_eq!(self.arrives(&keys("dlv_2", 5)).await, COMMITTED);
    }

    async fn a_retry_with_a_new_signature_in_flight_is_a_duplicate_later(&self) {
        let keys = |id, time| self.keys("retry in flight", &time_signed(id, "{}", time));
        let token = token();
        assert_eq!(self.claim(&keys("dlv_1", 0), token).await, Claim::Ours);
        assert_eq!(self.arrives(&keys("dlv_1", 5)).await, IN_FLIGHT);
        assert!(self.store.commit(&keys("dlv_1", 0), token).await.unwrap());
        assert_eq!(self.arrives(&keys("dlv_2", 5)).await, COMMITTED);
    }

    async fn attackers_cannot_claim_a_future_id(&self) {
        let keys = |id, body| self.keys("poison", &time_signed(id, body, 0));
        // The first attempt fails, and a stranger replays it under an id that he predicts.
        let token = token();
        assert_eq!(self.claim(&keys("dlv_1", "first"), token).await, Claim::Ours);
        self.store.release(&keys("dlv_1", "first"), token).await.unwrap();
        self.is_committed(&keys("dlv_2", "first")).await;
        assert_eq!(self.arrives(&keys("dlv_2", "second")).await, Claim::Ours);
    }

    async fn equal_bodies_are_duplicates_unless_told_apart(&self) {
        let keys = |id, time| self.keys("equal", &time_signed(id, "{}", time));
        self.is_committed(&keys("dlv_1", 0)).await;
        assert_eq!(self.arrives(&keys("dlv_2", 1).without_body()).await, Claim::Ours);
        assert_eq!(self.arrives(&keys("dlv_3", 2)).await, COMMITTED);
    }

    async fn a_signed_id_is_enough(&self) {
        let secret = secret::<SignsId>(&["secret"]);
        let keys = |id, body| self.keys("signed", &delivery(&secret, Some(id), body, 0));
        self.is_committed(&keys("msg_1", "first")).await;
        assert_eq!(self.arrives(&keys("msg_1", "second")).await, COMMITTED);
        assert_eq!(self.arrives(&keys("msg_2", "first")).await, Claim::Ours);
    }

    async fn a_duplicate_is_recognized_across_a_rotation(&self) {
        let sign = |signer| {
            let (secret, now) = (secret::<SignsTime>(&[signer]), deliveries::time(0));
            secret.sign(b"{}", now, None).unwrap()
        };
        let verified = |secrets: &[&str], signer| {
            let delivery = deliveries::verified(&secret::<SignsTime>(secrets), &sign(signer), "{}");
            self.keys("rotation", &delivery).without_body()
        };
        let (old, new) = ("old", "new");
        // It is handled before the rotation and replayed during it, and the other way round.
        self.is_committed(&verified(&[old], old)).await;
        assert_eq!(self.arrives(&verified(&[new, old], old)).await, COMMITTED);
        // A sender may sign with both secrets. The message counts, not which signature is left.
        assert_eq!(self.arrives(&verified(&[new, old], new)).await, COMMITTED);
    }

    async fn endpoints_providers_and_tenants_share_no_claims(&self) {
        let delivery = time_signed("dlv_1", "{}", 0);
        self.is_committed(&self.keys("here", &delivery)).await;
        assert_eq!(self.arrives(&self.keys("there", &delivery)).await, Claim::Ours);
        let run = self.run.to_string();
        let (a, b) = (Scope::new(&run, "a"), Scope::new(&run, "b"));
        let chosen = |scope| Keys::chosen(scope, "1", RETENTION);
        self.is_committed(&chosen(a)).await;
        for other in [b, a.tenant("a"), a.tenant("b")] {
            assert_eq!(self.arrives(&chosen(other)).await, Claim::Ours, "{other:?}");
        }
    }

    async fn a_forgotten_delivery_can_be_claimed_again(&self) {
        let keys = self.keys("forget", &time_signed("dlv_1", "{}", 0));
        assert!(!self.store.forget(&keys).await.unwrap());
        self.is_committed(&keys).await;
        let endpoint = format!("forget {}", self.run);
        let by_id = Keys::of_unsigned_id(Scope::new(&endpoint, "signs-time"), "dlv_1", b"{}");
        assert!(self.store.forget(&by_id).await.unwrap());
        assert!(!self.store.forget(&by_id).await.unwrap());
        self.is_committed(&keys).await;
    }

    async fn a_claim_is_free_when_its_lease_ends(&self, pass: &impl AsyncFn(Duration)) {
        let keys = self.keys("lease", &time_signed("dlv_1", "{}", 0));
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
        assert_eq!(self.arrives(&keys).await, IN_FLIGHT);
        pass(LEASE).await;
        self.is_committed(&keys).await;
        pass(LEASE).await;
        assert_eq!(self.arrives(&keys).await, COMMITTED, "longer than the lease");
    }

    async fn the_holder_renews_its_lease(&self, pass: &impl AsyncFn(Duration)) {
        let secret = secret::<SignsBody>(&["secret"]);
        let delivery = delivery(&secret, None, "{}", 0);
        let endpoint = format!("renewed {}", self.run);
        // The key's own retention is shorter than the lease.
        let keys = Keys::of(&endpoint, &delivery, LEASE / 4).unwrap();
        let [first, second] = [[1; 16], [2; 16]].map(|note| Note::from_bytes(&note).unwrap());
        let holder = token();
        assert_eq!(self.claim(&keys.clone().with_note(first), holder).await, Claim::Ours);
        pass(LEASE / 2).await;
        assert_eq!(self.claim(&keys.clone().with_note(second), holder).await, Claim::Ours);
        // The first lease has ended, and the second has not.
        pass(LEASE / 4 * 3).await;
        assert_eq!(self.arrives(&keys).await, Claim::InFlight(second));
        pass(LEASE / 4).await;
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
    }

    async fn a_holder_whose_lease_has_ended_renews_a_free_claim_only(
        &self,
        pass: &impl AsyncFn(Duration),
    ) {
        let keys = self.keys("late renewal", &time_signed("dlv_1", "{}", 0));
        let (late, other) = (token(), token());
        assert_eq!(self.claim(&keys, late).await, Claim::Ours);
        pass(LEASE).await;
        assert_eq!(self.claim(&keys, late).await, Claim::Ours);
        assert_eq!(self.arrives(&keys).await, IN_FLIGHT);
        pass(LEASE).await;
        assert_eq!(self.claim(&keys, other).await, Claim::Ours);
        assert_eq!(self.claim(&keys, late).await, IN_FLIGHT);
        assert!(self.store.commit(&keys, other).await.unwrap());
        assert_eq!(self.claim(&keys, late).await, COMMITTED);
    }

    async fn a_renewed_claim_that_was_forgotten_is_a_new_one(&self) {
        let keys = |id, time| self.keys("forgotten renewal", &time_signed(id, "{}", time));
        let holder = token();
        assert_eq!(self.claim(&keys("dlv_1", 0), holder).await, Claim::Ours);
        assert_eq!(self.arrives(&keys("dlv_1", 5)).await, IN_FLIGHT);
        assert!(self.store.forget(&keys("dlv_1", 0)).await.unwrap());
        assert_eq!(self.claim(&keys("dlv_1", 0), holder).await, Claim::Ours);
        assert_eq!(self.arrives(&keys("dlv_1", 0)).await, IN_FLIGHT);
        // Its signature joined the forgotten claim, and has not joined the new one.
        assert_eq!(self.arrives(&keys("", 5).without_body()).await, Claim::Ours);
    }

    async fn a_late_holder_cannot_settle_anothers_claim(&self, pass: &impl AsyncFn(Duration)) {
        let keys = self.keys("late", &time_signed("dlv_1", "{}", 0));
        let (late, holder) = (token(), token());
        assert_eq!(self.claim(&keys, late).await, Claim::Ours);
        pass(LEASE).await;
        assert_eq!(self.claim(&keys, holder).await, Claim::Ours);
        assert!(!self.store.commit(&keys, late).await.unwrap());
        self.store.release(&keys, late).await.unwrap();
        assert_eq!(self.arrives(&keys).await, IN_FLIGHT);
        assert!(self.store.commit(&keys, holder).await.unwrap());
        assert!(!self.store.commit(&keys, late).await.unwrap());
    }

    async fn a_late_commit_succeeds_if_nobody_else_claimed(&self, pass: &impl AsyncFn(Duration)) {
        let keys = |id| self.keys("late commit", &time_signed(id, "{}", 0));
        let late = token();
        assert_eq!(self.claim(&keys("dlv_1"), late).await, Claim::Ours);
        pass(LEASE).await;
        assert!(self.store.commit(&keys("dlv_1"), late).await.unwrap());
        assert_eq!(self.arrives(&keys("dlv_2")).await, COMMITTED);
    }

    async fn a_commit_of_a_forgotten_claim_succeeds(&self) {
        let keys = self.keys("forgotten", &time_signed("dlv_1", "{}", 0));
        let holder = token();
        assert_eq!(self.claim(&keys, holder).await, Claim::Ours);
        assert!(self.store.forget(&keys).await.unwrap());
        assert!(self.store.commit(&keys, holder).await.unwrap());
        assert_eq!(self.arrives(&keys).await, COMMITTED);
    }

    async fn extreme_durations_are_accepted(&self) {
        let secret = secret::<SignsTime>(&["secret"]).with_tolerance(Duration::MAX);
        let delivery = delivery(&secret, Some("dlv_1"), "{}", 0);
        let endpoint = format!("longest {}", self.run);
        let keys = Keys::of(&endpoint, &delivery, Duration::MAX).unwrap();
        let holder = token();
        let claim = self.store.claim(&keys, holder, Duration::MAX).await.unwrap();
        assert_eq!(claim, Claim::Ours);
        assert_eq!(self.arrives(&keys).await, IN_FLIGHT);
        assert!(self.store.commit(&keys, holder).await.unwrap());
        assert_eq!(self.arrives(&keys).await, COMMITTED);
    }

    async fn a_committed_claim_expires_after_its_retention(&self, pass: &impl AsyncFn(Duration)) {
        let endpoint = self.run.to_string();
        let keys = Keys::chosen(Scope::new(&endpoint, "retention"), "1", LEASE);
        self.is_committed(&keys).await;
        assert_eq!(self.arrives(&keys).await, COMMITTED);
        pass(LEASE).await;
        assert_eq!(self.arrives(&keys).await, Claim::Ours);
    }
}

fn token() -> Token {
    Token::random().unwrap()
}

/// Returns a delivery that was signed some seconds after a fixed time; without an id if `id` is empty.
fn time_signed(id: &str, body: &str, secs: u64) -> Delivery {
    let secret = secret::<SignsTime>(&["secret"]);
    delivery(&secret, Some(id).filter(|id| !id.is_empty()), body, secs)
}
