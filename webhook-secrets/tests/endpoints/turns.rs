//! Loads wait for their turn, so that made-up ids keep nobody out.

use tokio::time::Instant;
use tokio::time::sleep;

use crate::database::{
    Db, Hangs, LOAD, SECOND, Secret, answer, assert_secret, at_once, find, look_up,
};

#[tokio::test(start_paused = true)]
async fn loads_wait_for_their_turn() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints().max_loads(2);
    let made_up: Vec<_> = (0..10).map(|id| endpoints.lookup(&format!("made up {id}"))).collect();
    // A stranger's flood does not keep it out.
    let start = Instant::now();
    assert_secret(&find(&endpoints, "acme").await, "a");
    assert_eq!(start.elapsed(), 6 * LOAD);
    for lookup in made_up {
        assert!(answer(lookup).await.unwrap().is_none());
    }
    assert_eq!(db.loads(), 11);
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_turn_counts_towards_the_limit_of_a_load() {
    let db = Db::with("acme", Secret("a"));
    for id in ["x", "y"] {
        db.set(id, Hangs);
    }
    let endpoints = db.endpoints().max_loads(2).load_timeout(SECOND);
    let hanging = ["x", "y"].map(|id| endpoints.lookup(id));
    let start = Instant::now();
    assert!(look_up(&endpoints, "acme").await.is_err());
    assert_eq!(start.elapsed(), SECOND);
    for lookup in hanging {
        assert!(answer(lookup).await.is_err());
    }
    sleep(SECOND).await;
    assert_secret(&find(&endpoints, "acme").await, "a");
}

#[tokio::test(start_paused = true)]
async fn too_many_waiting_loads_fail_without_a_load() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints().max_loads(2).time_to_live(60 * SECOND);
    find(&endpoints, "acme").await;
    sleep(60 * SECOND).await;

    let made_up: Vec<_> = (0..34).map(|id| endpoints.lookup(&format!("made up {id}"))).collect();
    let expected = "too many endpoints wait to be loaded, 2 at a time: see `Endpoints::max_loads`";
    assert_eq!(look_up(&endpoints, "other").await.unwrap_err(), expected);
    // An invalidated load still counts.
    endpoints.invalidate("made up 1");
    assert_eq!(look_up(&endpoints, "made up 1").await.unwrap_err(), expected);
    // Known endpoints have loads of their own, also after they were invalidated.
    let start = Instant::now();
    assert_secret(&find(&endpoints, "acme").await, "a");
    assert_eq!(start.elapsed(), LOAD);
    endpoints.invalidate("acme");
    assert_secret(&find(&endpoints, "acme").await, "a");
    endpoints.invalidate_all();
    assert_secret(&find(&endpoints, "acme").await, "a");
    assert_eq!(start.elapsed(), 3 * LOAD);
    drop(made_up);
    // There is no back-off.
    sleep(2 * SECOND).await;
    assert!(look_up(&endpoints, "other").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn too_many_loads_leave_stale_endpoints() {
    let names: Vec<_> = (0..18).map(|id| format!("tenant {id}")).collect();
    let db = Db::default();
    for name in &names {
        db.set(name, Secret("a"));
    }
    let endpoints = db.endpoints().max_loads(1).serve_stale(3600 * SECOND);
    for name in &names {
        find(&endpoints, name).await;
    }
    sleep(302 * SECOND).await;
    let (last, others) = names.split_last().unwrap();
    let running: Vec<_> = others.iter().map(|name| endpoints.lookup(name)).collect();
    assert_secret(&at_once(&endpoints, last).unwrap().unwrap(), "a");
    for lookup in running {
        assert_secret(&answer(lookup).await.unwrap().unwrap(), "a");
    }
}
