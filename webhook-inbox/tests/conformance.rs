//! The suite for stores, on SQLite.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "sqlite", feature = "testing"))]

use std::cell::Cell;

use futures_util::future::join_all;
use webhook_core::UnixTime;
use webhook_inbox::store::{NewDelivery, Store as _};
use webhook_inbox::{Sqlite, testing};

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_passes_the_suite() {
    let dir = tempfile::tempdir().unwrap();
    let files = Cell::new(0);
    testing::conformance(async || {
        files.set(files.get() + 1);
        Sqlite::file(dir.path().join(format!("{}.db", files.get()))).unwrap()
    })
    .await;
}

/// As a receiver and its workers are.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn several_may_start_at_once() {
    for _ in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("inbox.db");
        let opening = (0..6).map(|_| {
            let store = Sqlite::file(&file).unwrap();
            tokio::spawn(async move { store.open().await })
        });
        for opened in join_all(opening).await {
            opened.unwrap().unwrap();
        }
    }
}

/// It is copied to the file again and again, and begun anew.
#[tokio::test]
async fn the_write_ahead_log_does_not_grow_for_ever() {
    const MIB: usize = 1 << 20;
    let dir = tempfile::tempdir().unwrap();
    let store = Sqlite::file(dir.path().join("inbox.db")).unwrap();
    store.open().await.unwrap();
    for nth in 0..70 {
        let new = testing::delivery(&nth.to_string(), UnixTime::from_secs(1));
        store.accept(&[NewDelivery { body: vec![b'x'; MIB].into(), ..new }]).await.unwrap();
    }
    let size = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().len();
    assert!(size("inbox.db") > 32 * MIB as u64);
    // And no longer than by the commit that fills it.
    assert!(size("inbox.db-wal") < 34 * MIB as u64, "{}", size("inbox.db-wal"));
}
