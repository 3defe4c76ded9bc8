//! For tests of stores: the suite that every [`Store`] must pass.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use webhook_inbox::{Sqlite, testing};
//!
//! let dir = tempfile::tempdir().unwrap();
//! let files = std::cell::Cell::new(0);
//! testing::conformance(async || {
//!     files.set(files.get() + 1);
//!     Sqlite::file(dir.path().join(format!("{}.db", files.get()))).unwrap()
//! })
//! .await;
//! # }
//! # #[cfg(not(feature = "sqlite"))] fn main() {}
//! ```

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "this module makes assertions"
)]

mod accepting;
mod listing;
mod working;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use webhook_core::{CloudEvent, Head, UnixTime, Verify as _, providers::voisnap};
use webhook_idempotency::{Keys, Scope};

use crate::endpoint::after;
use crate::store::{
    Accepted, Claimed, KeyKind, NewDelivery, NewKey, Number, Outcome, Purpose, Settled, State,
    Store, Turn,
};

const START: UnixTime = UnixTime::from_secs(1_700_000_000);
const LEASE: Duration = Duration::from_secs(10);

fn at(secs: u64) -> UnixTime {
    after(START, Duration::from_secs(secs))
}

/// Runs the whole suite. `open` returns an empty store each time.
///
/// Panics at the first deviation, with a description of it.
pub async fn conformance<S: Store>(open: impl AsyncFn() -> S) {
    let new = async || {
        let store: Arc<dyn Store> = Arc::new(open().await);
        store.open().await.unwrap();
        // A second time changes nothing.
        store.open().await.unwrap();
        store.ready().await.unwrap();
        Subject(store, Company::No)
    };
    for company in [Company::No, Company::Yes] {
        let new = async || Subject(new().await.0, company);
        accepting::a_delivery_that_shares_a_key_is_a_duplicate(new().await).await;
        accepting::a_key_expires(new().await).await;
        accepting::a_duplicate_brings_its_keys(new().await).await;
        accepting::a_fifth_unsigned_id_makes_the_body_count(new().await).await;
        accepting::of_concurrent_copies_one_is_new(new().await).await;
        accepting::what_was_removed_is_new(new().await).await;
    }
    accepting::what_is_accepted_is_there_byte_for_byte(new().await).await;
    accepting::hostile_texts_are_stored(new().await).await;
    accepting::the_last_rejected_requests_are_kept(new().await).await;
    working::deliveries_are_claimed_once_and_in_order(new().await).await;
    working::concurrent_workers_share_the_work(new().await).await;
    working::only_the_holder_settles(new().await).await;
    working::a_failure_waits_for_its_time(new().await).await;
    working::only_what_is_asked_for_is_claimed(new().await).await;
    working::a_lease_expires_unless_it_is_renewed(new().await).await;
    working::what_kills_its_workers_is_given_up(new().await).await;
    working::an_order_is_kept(new().await).await;
    working::what_is_given_up_lets_the_next_of_its_order_go(new().await).await;
    working::a_replay_begins_anew(new().await).await;
    working::a_failed_delivery_is_replayed_before_those_behind_it(new().await).await;
    working::kept_deliveries_are_not_worked_on(new().await).await;
    listing::filters_select(new().await).await;
    listing::more_kinds_than_one_list_is_made_from(new().await).await;
    listing::pages_follow_each_other(new().await).await;
    listing::counts_and_the_oldest(new().await).await;
    listing::deleting_and_forgetting(new().await).await;
}

/// A store under test.
pub(super) struct Subject(Arc<dyn Store>, Company);

/// Whether each batch has one more delivery, so that none is stored alone.
#[derive(Clone, Copy)]
enum Company {
    No,
    Yes,
}

impl Subject {
    async fn accept(&self, deliveries: &[NewDelivery]) -> Vec<Accepted> {
        let mut batch = deliveries.to_vec();
        if let Company::Yes = self.1 {
            let other = delivery("company", START);
            batch.push(NewDelivery { keys: Vec::new(), purpose: Purpose::Keep, ..other });
        }
        let mut accepted = self.0.accept(&batch).await.unwrap();
        assert_eq!(accepted.len(), batch.len());
        accepted.truncate(deliveries.len());
        accepted
    }

    /// Accepts new deliveries, and returns their numbers.
    async fn accept_new(&self, deliveries: &[NewDelivery]) -> Vec<Number> {
        let accepted = self.accept(deliveries).await;
        let new = accepted.into_iter().map(|accepted| match accepted {
            Accepted::New(number) => number,
            Accepted::Duplicate(number) => panic!("a duplicate of {number}"),
        });
        new.collect()
    }

    async fn turn(
        &self,
        worker: &str,
        now: UnixTime,
        want: usize,
        settled: Vec<Settled>,
    ) -> Vec<Claimed> {
        let endpoints = &["voisnap", "voice", "other", "text"].map(str::to_owned);
        self.0.turn(Turn { worker, now, lease: LEASE, settled, want, endpoints }).await.unwrap()
    }

    async fn claim(&self, worker: &str, now: UnixTime, want: usize) -> Vec<Claimed> {
        self.turn(worker, now, want, Vec::new()).await
    }

    async fn settle(&self, worker: &str, claimed: &Claimed, outcome: Outcome, now: UnixTime) {
        self.turn(worker, now, 0, vec![settled(claimed, outcome, now)]).await;
    }

    async fn state(&self, number: Number) -> State {
        self.0.detail(number).await.unwrap().unwrap().row.state
    }
}

fn settled(claimed: &Claimed, outcome: Outcome, ended: UnixTime) -> Settled {
    let Claimed { number, attempt, .. } = *claimed;
    Settled { number, attempt, started: ended, ended, outcome }
}

fn numbers(claimed: &[Claimed]) -> Vec<Number> {
    claimed.iter().map(|claimed| claimed.number).collect()
}

/// A delivery of Voisnap's with this id, which was received at this time. It is known again by its id.
pub fn delivery(id: &str, received: UnixTime) -> NewDelivery {
    with_body(id, received, Bytes::from(format!(r#"{{"type":"SessionEnded","id":"{id}"}}"#)))
}

fn with_body(id: &str, received: UnixTime, body: Bytes) -> NewDelivery {
    let secret = voisnap::Secret::new("secret").unwrap();
    let headers = secret.sign(&body, received, Some("dlv_1")).unwrap();
    let verified = secret.verify(&Head::new("POST", "/", &headers), &body, received).unwrap();
    let event = CloudEvent::new(&verified, "voisnap", "SessionEnded", received);
    NewDelivery {
        provider: "voisnap".to_owned(),
        endpoint: "voisnap".to_owned(),
        event: "SessionEnded".to_owned(),
        delivery_id: Some(id.to_owned()),
        received,
        keys: vec![key(id, None, KeyKind::Signed)],
        order: None,
        purpose: Purpose::Work,
        record: event.with_headers([("user-agent", "test")]).to_json_without_body(),
        body,
        head: None,
    }
}

fn key(text: &str, until: Option<UnixTime>, kind: KeyKind) -> NewKey {
    let key = Keys::of_signed_id(Scope::new("suite", "any"), text).id().unwrap();
    NewKey { key, until, kind }
}

fn failed(error: &str, at: UnixTime) -> Outcome {
    Outcome::Retry { error: error.to_owned(), at }
}
