//! The suite for stores, on SQLite.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "sqlite", feature = "testing"))]

use std::cell::Cell;

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
