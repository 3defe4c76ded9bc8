//! Random histories: a store and the model of the contract must return the same results.
#![cfg(feature = "testing")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy knows test functions, not their helpers"
)]

mod history;
#[cfg(feature = "redis")]
mod redis_store;
#[cfg(feature = "redis")]
#[path = "../redis/server.rs"]
mod server;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use history::{Step, check, histories};
use proptest::test_runner::{Config, TestRunner};
use webhook_idempotency::MemoryStore;

#[test]
fn the_store_in_memory_agrees_with_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut runner = TestRunner::new(config(20_000));
    runner
        .run(&histories(), |history| {
            runtime.block_on(agrees(&history));
            Ok(())
        })
        .unwrap();
}

/// `PROPTEST_CASES` overrides the number of cases.
fn config(cases: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |cases| cases.parse().unwrap());
    Config { cases, failure_persistence: None, ..Config::default() }
}

async fn agrees(history: &[Step]) {
    let time = Arc::new(Mutex::new(Duration::ZERO));
    let clock = time.clone();
    let store = MemoryStore::with_clock(10_000, move || *clock.lock().unwrap());
    check(&store, history, async |passes| *time.lock().unwrap() += passes).await;
}
