//! What was known before an invalidation is not seen after it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;
use webhook_core::providers::svara;
use webhook_secrets::Endpoints;

use crate::database::{
    Db, Down, LOAD, SECOND, Secret, answer, assert_secret, at_once, find, look_up,
};

#[tokio::test(start_paused = true)]
async fn a_load_that_began_before_an_invalidation_answers_only_earlier_lookups() {
    for all in [false, true] {
        let db = Db::with("acme", Secret("old"));
        let endpoints = db.endpoints();
        let early = endpoints.lookup("acme");
        sleep(LOAD / 2).await;
        db.set("acme", Secret("new"));
        if all {
            endpoints.invalidate_all();
        } else {
            endpoints.invalidate("acme");
        }
        let (late, joined) = (endpoints.lookup("acme"), endpoints.lookup("acme"));

        // The early load ends first, and is not kept.
        assert_secret(&answer(early).await.unwrap().unwrap(), "old");
        assert!(at_once(&endpoints, "acme").is_none());
        for late in [late, joined] {
            assert_secret(&answer(late).await.unwrap().unwrap(), "new");
        }
        assert_secret(&at_once(&endpoints, "acme").unwrap().unwrap(), "new");
        assert_eq!(db.loads(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_early_load_that_ends_last_does_not_replace_what_is_known() {
    let (old, new) = (Arc::new(tokio::sync::Notify::new()), Arc::new(AtomicU64::new(0)));
    let (gate, count) = (old.clone(), new.clone());
    let endpoints = Endpoints::new(move |_| {
        let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::Relaxed));
        async move {
            if number == 0 {
                gate.notified().await;
            }
            svara::Secret::new(if number == 0 { "old" } else { "new" }).map(Some)
        }
    });
    let early = endpoints.lookup("acme");
    endpoints.invalidate("acme");
    assert_secret(&find(&endpoints, "acme").await, "new");
    old.notify_one();
    assert_secret(&answer(early).await.unwrap().unwrap(), "old");
    assert_secret(&at_once(&endpoints, "acme").unwrap().unwrap(), "new");
}

#[tokio::test(start_paused = true)]
async fn invalidation_forgets_known_endpoints_unknown_ids_and_failures() {
    for all in [false, true] {
        let db = Db::with("known", Secret("a"));
        db.set("down", Down);
        let endpoints = db.endpoints().serve_stale(3600 * SECOND);
        let ids = ["known", "unknown", "down"];
        let look_all = async || join_all(ids.map(|id| look_up(&endpoints, id))).await;
        look_all().await;
        if all {
            endpoints.invalidate_all();
        } else {
            for id in ids {
                endpoints.invalidate(id);
            }
        }
        assert!(ids.iter().all(|id| at_once(&endpoints, id).is_none()));
        for id in ids {
            db.set(id, Secret("new"));
        }
        let found = look_all().await;
        assert!(found.iter().all(|found| found.as_ref().is_ok_and(Option::is_some)));
        assert_eq!(db.loads(), 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_loaded_before_an_invalidation_is_never_seen_after_it() {
    let version = Arc::new(AtomicU64::new(0));
    let current = version.clone();
    let endpoints = Endpoints::new(move |_| {
        let version = current.load(Ordering::SeqCst);
        async move {
            tokio::task::yield_now().await;
            svara::Secret::new(format!("v{version}")).map(Some)
        }
    })
    .time_to_live(Duration::from_micros(300));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let endpoints = endpoints.clone();
            tokio::spawn(async move {
                for _ in 0..2000 {
                    find(&endpoints, "acme").await;
                }
            })
        })
        .collect();
    for number in 1..500 {
        version.store(number, Ordering::SeqCst);
        if number % 2 == 0 {
            endpoints.invalidate("acme");
        } else {
            endpoints.invalidate_all();
        }
        assert_secret(&find(&endpoints, "acme").await, &format!("v{number}"));
    }
    for reader in readers {
        reader.await.unwrap();
    }
}
