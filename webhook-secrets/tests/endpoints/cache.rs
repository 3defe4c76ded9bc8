//! What is in the cache, for how long, and how much.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;
use webhook_core::providers::svara;
use webhook_secrets::Endpoint;
use webhook_secrets::Endpoints;

use crate::common::accepts;
use crate::database::{Db, LOAD, SECOND, Secret, answer, assert_secret, at_once, find, look_up};

#[tokio::test(start_paused = true)]
async fn a_loaded_endpoint_is_ready_and_has_the_id_that_was_looked_up() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints();
    let endpoint = find(&endpoints, "acme").await;
    assert_eq!(endpoint.id(), Some("acme"));
    assert_secret(&endpoint, "a");
    for _ in 0..10 {
        let clone = at_once(&endpoints.clone(), "acme").unwrap().unwrap();
        assert!(Arc::ptr_eq(clone.verify(), endpoint.verify()));
    }
    assert_eq!(db.loads(), 1);
    assert!(!format!("{endpoints:?}").contains("acme"));
}

#[tokio::test(start_paused = true)]
async fn concurrent_lookups_share_one_load() {
    let db = Db::with("acme", Secret("a"));
    let endpoints = db.endpoints();
    let lookups: Vec<_> = (0..64).map(|_| endpoints.lookup("acme")).collect();
    let late = async {
        sleep(LOAD / 2).await;
        look_up(&endpoints, "acme").await
    };
    let (found, late) = tokio::join!(join_all(lookups.into_iter().map(answer)), late);
    assert!(found.iter().chain([&late]).all(|found| found.as_ref().is_ok_and(Option::is_some)));
    assert_eq!(db.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_known_endpoint_is_loaded_again_after_its_time_to_live() {
    let db = Db::with("acme", Secret("old"));
    let endpoints = db.endpoints().time_to_live(60 * SECOND);
    assert_secret(&find(&endpoints, "acme").await, "old");
    db.set("acme", Secret("new"));
    // It is as old as the beginning of its load.
    sleep(Duration::from_millis(59_899)).await;
    assert_secret(&at_once(&endpoints, "acme").unwrap().unwrap(), "old");
    sleep(Duration::from_millis(1)).await;
    assert_secret(&find(&endpoints, "acme").await, "new");
    db.remove("acme");
    sleep(60 * SECOND).await;
    assert!(look_up(&endpoints, "acme").await.unwrap().is_none());
    assert!(at_once(&endpoints, "acme").unwrap().is_none());
    assert_eq!(db.loads(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_id_is_remembered_for_ten_seconds() {
    let db = Db::default();
    let endpoints = db.endpoints();
    assert!(look_up(&endpoints, "new").await.unwrap().is_none());
    db.set("new", Secret("a"));
    sleep(9 * SECOND).await;
    assert!(at_once(&endpoints, "new").unwrap().is_none());
    assert_eq!(db.loads(), 1);
    sleep(SECOND).await;
    assert_secret(&find(&endpoints, "new").await, "a");
    assert!(at_once(&endpoints, "new").unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn unknown_ids_are_bounded_and_never_push_out_known_endpoints() {
    let db = Db::default();
    let known: Vec<_> = (0..100).map(|id| format!("tenant-{id}")).collect();
    for id in &known {
        db.set(id, Secret("a"));
    }
    let hour = 3600 * SECOND;
    let endpoints =
        db.endpoints().capacity(100).unknown(1000, hour).time_to_live(hour).max_loads(1000);
    join_all(known.iter().map(|id| find(&endpoints, id))).await;

    let made_up = |id| format!("made-up-{id}");
    for batch in 0..100 {
        let ids: Vec<_> = (0..1000).map(|id| made_up(1000 * batch + id)).collect();
        let found = join_all(ids.iter().map(|id| look_up(&endpoints, id))).await;
        assert!(found.iter().all(|found| matches!(found, Ok(None))));
    }
    for id in &known {
        assert!(at_once(&endpoints, id).unwrap().is_some(), "{id}");
    }
    assert_eq!(db.loads(), 100_100);
    let remembered = (0..100_000).filter(|id| at_once(&endpoints, &made_up(*id)).is_some()).count();
    // The cache removes what is too much in batches.
    assert!((500..3000).contains(&remembered), "{remembered}");
}

#[tokio::test(start_paused = true)]
async fn known_endpoints_are_bounded() {
    let endpoints = Endpoints::new(async |_| svara::Secret::new("a").map(Some)).capacity(100);
    let ids: Vec<_> = (0..10_000).map(|id| id.to_string()).collect();
    for id in &ids {
        find(&endpoints, id).await;
    }
    let remembered = ids.iter().filter(|id| at_once(&endpoints, id).is_some()).count();
    assert!((50..1000).contains(&remembered), "{remembered}");
}

#[tokio::test(start_paused = true)]
async fn with_ids_of_the_database_every_spelling_is_one_endpoint() {
    let endpoints = Endpoints::with_ids(async |id: Arc<str>| {
        let is_acme = id.eq_ignore_ascii_case("acme");
        let secret = svara::Secret::new("a")?;
        Ok::<_, webhook_core::SecretError>(is_acme.then(|| Endpoint::new("acme", secret)))
    });
    for spelling in ["acme", "ACME", "Acme"] {
        assert_eq!(find(&endpoints, spelling).await.id(), Some("acme"));
    }
    assert!(look_up(&endpoints, "other").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_id_of_more_than_255_bytes_is_unknown_without_a_load() {
    let db = Db::default();
    let endpoints = db.endpoints();
    assert!(at_once(&endpoints, &"x".repeat(256)).unwrap().is_none());
    assert_eq!(db.loads(), 0);
    assert!(look_up(&endpoints, &"x".repeat(255)).await.unwrap().is_none());
    assert_eq!(db.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn unknown_endpoints_can_be_replaced() {
    let endpoints = Db::default().endpoints();
    let unknown = Endpoint::unknown(svara::Secret::new("of nobody").unwrap());
    // Later, at once, and for an id that is too long.
    for id in ["none", "none", &"x".repeat(300)] {
        let found = answer(endpoints.lookup(id).or(&unknown)).await.unwrap().unwrap();
        assert_eq!(found.id(), None);
        assert!(!accepts(&**found.verify(), "of nobody"));
    }
}
