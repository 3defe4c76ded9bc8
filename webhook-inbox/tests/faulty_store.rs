//! A store that loses a reply, and panics.

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tempfile::TempDir;
use webhook_core::providers::svara;
use webhook_core::{Bytes, Head, Rejection, RejectionKind, UnixTime, Verify as _};
use webhook_inbox::store::{
    Accepted, Backlog, Claimed, Connection, Detail, Filter, NewDelivery, Number, Page, Replayed,
    Settled, Store, StoreFuture, Turn,
};
use webhook_inbox::{Inbox, RequestHead, Sqlite, StoreError, StoreErrorKind};

/// Loses the first reply to a turn that claims something, and panics when it is to store [`POISON`].
struct Faulty {
    store: Sqlite,
    is_lost: AtomicBool,
    _dir: TempDir,
}

const POISON: &str = r#"{"event":"poison"}"#;

impl Faulty {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::file(dir.path().join("inbox.db")).unwrap();
        Self { store, is_lost: AtomicBool::new(false), _dir: dir }
    }
}

impl Store for Faulty {
    fn turn<'a>(&'a self, turn: Turn<'a>) -> StoreFuture<'a, Vec<Claimed>> {
        Box::pin(async move {
            let claimed = self.store.turn(turn).await?;
            if !claimed.is_empty() && !self.is_lost.swap(true, Ordering::Relaxed) {
                return Err(StoreError::new(StoreErrorKind::Unreachable, "the reply is lost"));
            }
            Ok(claimed)
        })
    }

    fn open(&self) -> StoreFuture<'_, ()> {
        self.store.open()
    }

    fn accept<'a>(&'a self, batch: &'a [NewDelivery]) -> StoreFuture<'a, Vec<Accepted>> {
        Box::pin(async move {
            assert!(batch.iter().all(|new| new.body != POISON), "a bug");
            self.store.accept(batch).await
        })
    }

    fn renew<'a>(
        &'a self,
        worker: &'a str,
        numbers: &'a [Number],
        until: UnixTime,
    ) -> StoreFuture<'a, ()> {
        self.store.renew(worker, numbers, until)
    }

    fn recover(&self, now: UnixTime, attempts: u32) -> StoreFuture<'_, u64> {
        self.store.recover(now, attempts)
    }

    fn done_in<'a>(
        &'a self,
        connection: Connection<'a>,
        worker: &'a str,
        settled: &'a Settled,
    ) -> StoreFuture<'a, bool> {
        self.store.done_in(connection, worker, settled)
    }

    fn ready(&self) -> StoreFuture<'_, ()> {
        self.store.ready()
    }

    fn list<'a>(&'a self, filter: &'a Filter) -> StoreFuture<'a, Page> {
        self.store.list(filter)
    }

    fn detail(&self, number: Number) -> StoreFuture<'_, Option<Detail>> {
        self.store.detail(number)
    }

    fn backlog(&self, now: UnixTime) -> StoreFuture<'_, Backlog> {
        self.store.backlog(now)
    }

    fn endpoints(&self) -> StoreFuture<'_, Vec<(String, String)>> {
        self.store.endpoints()
    }

    fn replay(&self, number: Number, now: UnixTime) -> StoreFuture<'_, Replayed> {
        self.store.replay(number, now)
    }

    fn delete(&self, number: Number) -> StoreFuture<'_, bool> {
        self.store.delete(number)
    }

    fn forget(&self, before: UnixTime, limit: usize) -> StoreFuture<'_, u64> {
        self.store.forget(before, limit)
    }

    fn forget_rejected(&self, keep: usize, limit: usize) -> StoreFuture<'_, u64> {
        self.store.forget_rejected(keep, limit)
    }
}

/// Stores an authentic delivery.
async fn store(inbox: &Inbox, body: String) -> Result<Accepted, Rejection> {
    let secret = svara::Secret::new("secret").unwrap();
    let (body, now) = (Bytes::from(body), SystemTime::now().into());
    let headers = secret.sign(&body, now, None).unwrap();
    let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, now).unwrap();
    inbox.endpoint("svara", secret).store(&delivery, RequestHead::default()).await
}

/// It refuses the delivery that makes it panic, and stores those that came with it.
#[tokio::test]
async fn a_panic_keeps_no_other_delivery_out() {
    let inbox = Inbox::open(Faulty::new()).await.unwrap();
    for round in 0..3 {
        let good = (0..8).map(|nth| store(&inbox, format!(r#"{{"event":"{round}","nth":{nth}}}"#)));
        let (poison, good) = tokio::join!(store(&inbox, POISON.to_owned()), join_all(good));
        let rejection = poison.unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::Unavailable);
        assert!(format!("{rejection:?}").contains("the store panicked"), "{rejection:?}");
        assert!(good.iter().all(|stored| matches!(stored, Ok(Accepted::New(_)))), "{good:?}");
    }
}

/// The worker is alive and renews its leases, but does not know of what it claimed: that must not keep it for ever.
#[tokio::test]
async fn what_a_worker_claimed_without_knowing_is_worked_on_all_the_same() {
    let inbox = Inbox::open(Faulty::new()).await.unwrap();
    store(&inbox, r#"{"event":"voice_note.sent"}"#.to_owned()).await.unwrap();

    let (done, mut is_done) = tokio::sync::mpsc::unbounded_channel();
    let worker =
        inbox.worker().lease(Duration::from_millis(300)).on_any("svara", move |_, work| {
            done.send(work.attempt()).unwrap();
            async { work.done() }
        });
    let work = worker.run_until(async move { assert_eq!(is_done.recv().await, Some(2)) });
    tokio::time::timeout(Duration::from_secs(30), work).await.unwrap();
}
