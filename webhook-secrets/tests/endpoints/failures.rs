//! Loads that fail, hang, panic or lose their runtime, and stale endpoints.

use std::time::Duration;

use futures_executor::block_on;
use tokio::time::Instant;
use tokio::time::sleep;

use crate::database::{
    Db, Down, Hangs, LOAD, Panics, PanicsAtOnce, SECOND, Secret, answer, assert_secret, at_once,
    find, look_up,
};

#[tokio::test(start_paused = true)]
async fn a_failed_load_fails_all_lookups_and_is_not_repeated_for_a_second() {
    let db = Db::with("acme", Down);
    let endpoints = db.endpoints();
    let error = "the endpoint could not be loaded: connection refused";
    let waiting: Vec<_> = (0..10).map(|_| endpoints.lookup("acme")).collect();
    for lookup in waiting {
        assert_eq!(answer(lookup).await.unwrap_err(), error);
    }
    db.set("acme", Secret("a"));
    sleep(Duration::from_millis(999)).await;
    assert_eq!(look_up(&endpoints, "acme").await.unwrap_err(), error);
    assert_eq!(db.loads(), 1);
    // Other ids are loaded.
    assert!(look_up(&endpoints, "other").await.is_ok());
    sleep(Duration::from_millis(1)).await;
    assert_secret(&find(&endpoints, "acme").await, "a");
}

#[tokio::test(start_paused = true)]
async fn a_load_that_hangs_panics_or_finds_garbage_fails_within_the_limit_and_recovers() {
    for (row, expected) in [
        (Hangs, "loading the endpoint took longer than 2s"),
        (Panics, "the function that loads endpoints panicked"),
        (PanicsAtOnce, "the function that loads endpoints panicked"),
        (
            Secret(" a"),
            "the endpoint could not be loaded: the secret of svara begins or ends with white space",
        ),
    ] {
        let db = Db::with("an-id", row);
        let endpoints = db.endpoints();
        let start = Instant::now();
        let error = look_up(&endpoints, "an-id").await.unwrap_err();
        assert_eq!(error, expected);
        assert!(start.elapsed() <= 2 * SECOND + Duration::from_millis(1));
        db.set("an-id", Secret("a"));
        sleep(SECOND).await;
        assert_secret(&find(&endpoints, "an-id").await, "a");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stale_endpoint_is_used_while_loads_fail() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints().time_to_live(60 * SECOND).serve_stale(600 * SECOND);
    find(&endpoints, "acme").await;
    db.set("acme", Hangs);
    sleep(60 * SECOND).await;
    // The first lookup waits for the load to fail, the next ones do not.
    assert!(at_once(&endpoints, "acme").is_none());
    assert_secret(&find(&endpoints, "acme").await, "a");
    assert_secret(&at_once(&endpoints, "acme").unwrap().unwrap(), "a");
    db.set("acme", Down);
    sleep(590 * SECOND).await;
    assert_secret(&find(&endpoints, "acme").await, "a");
    // Its time is over.
    sleep(8 * SECOND).await;
    let error = look_up(&endpoints, "acme").await.unwrap_err();
    assert!(error.ends_with("connection refused"), "{error}");
    assert!(answer(endpoints.lookup("acme")).await.is_err(), "within the back-off");

    db.set("acme", Secret("b"));
    sleep(SECOND).await;
    assert_secret(&find(&endpoints, "acme").await, "b");
}

#[tokio::test(start_paused = true)]
async fn no_stale_endpoint_is_used_by_default_after_an_invalidation_or_if_it_is_gone() {
    let db = Db::with("acme", Secret("a"));
    let strict = db.endpoints();
    let lenient = db.endpoints().serve_stale(3600 * SECOND);
    find(&strict, "acme").await;
    find(&lenient, "acme").await;
    db.set("acme", Down);
    sleep(300 * SECOND).await;
    assert!(look_up(&strict, "acme").await.is_err());
    assert!(look_up(&lenient, "acme").await.is_ok());

    // A lookup that waits does not get what was invalidated either.
    sleep(2 * SECOND).await;
    let waiting = lenient.lookup("acme");
    lenient.invalidate("acme");
    assert!(answer(waiting).await.is_err());
    assert!(look_up(&lenient, "acme").await.is_err());

    db.set("acme", Secret("a"));
    sleep(SECOND).await;
    find(&lenient, "acme").await;
    db.remove("acme");
    sleep(300 * SECOND).await;
    assert!(look_up(&lenient, "acme").await.unwrap().is_none());
    db.set("acme", Down);
    sleep(10 * SECOND).await;
    assert!(look_up(&lenient, "acme").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up_does_not_cancel_the_load() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints();
    drop(endpoints.lookup("acme"));
    sleep(LOAD + Duration::from_millis(1)).await;
    assert!(at_once(&endpoints, "acme").unwrap().is_some());
    assert_eq!(db.loads(), 1);
}

#[test]
fn a_lookup_outside_a_runtime_fails_if_it_needs_a_load() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints();
    let expected = "endpoints are loaded in a tokio runtime, and there is none on this thread";
    assert_eq!(block_on(look_up(&endpoints, "acme")).unwrap_err(), expected);
    assert_eq!(db.loads(), 0);

    let runtime = runtime();
    runtime.block_on(find(&endpoints, "acme"));
    assert!(at_once(&endpoints, "acme").is_some());
}

#[test]
fn a_runtime_that_shuts_down_leaves_no_load_behind() {
    let db = Db::with("acme", Hangs);
    let endpoints = db.endpoints();
    let first = runtime();
    let waiting = first.block_on(async { endpoints.lookup("acme") });
    drop(first);
    let error = block_on(answer(waiting)).unwrap_err();
    let expected = "loading the endpoint was cancelled: its tokio runtime has shut down";
    assert_eq!(error, expected);

    db.set("acme", Secret("a"));
    endpoints.invalidate("acme");
    assert_secret(&runtime().block_on(find(&endpoints, "acme")), "a");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}
