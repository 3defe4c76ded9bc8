//! The cache of endpoints: what it answers, what it loads, and what strangers can do to it.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::option_option, reason = "an answer at once, an unknown id and a wait differ")]

mod common;

use std::collections::HashMap;
use std::error::Error;
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::accepts;
use futures_executor::block_on;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};
use webhook_core::adapter::Chain;
use webhook_core::providers::svara;
use webhook_secrets::{Endpoint, Endpoints, Lookup};

/// How long a load takes.
const LOAD: Duration = Duration::from_millis(100);

const SECOND: Duration = Duration::from_secs(1);

/// A database of secrets that counts its loads.
#[derive(Clone, Default)]
struct Db {
    rows: Arc<Mutex<HashMap<String, Row>>>,
    loads: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy)]
enum Row {
    Secret(&'static str),
    Down,
    Hangs,
    Panics,
    PanicsAtOnce,
}

use Row::{Down, Hangs, Panics, PanicsAtOnce, Secret};

impl Db {
    fn with(id: &str, row: Row) -> Self {
        let db = Self::default();
        db.set(id, row);
        db
    }

    fn set(&self, id: &str, row: Row) {
        self.rows.lock().unwrap().insert(id.to_owned(), row);
    }

    fn remove(&self, id: &str) {
        self.rows.lock().unwrap().remove(id);
    }

    /// How often the database was asked.
    fn loads(&self) -> usize {
        self.loads.lock().unwrap().len()
    }

    fn endpoints(&self) -> Endpoints {
        let db = self.clone();
        Endpoints::new(move |id: Arc<str>| {
            db.loads.lock().unwrap().push(id.to_string());
            let row = db.rows.lock().unwrap().get(&*id).copied();
            if matches!(row, Some(PanicsAtOnce)) {
                panic!("before there is a future");
            }
            async move {
                sleep(LOAD).await;
                match row {
                    None => Ok(None),
                    Some(Secret(text)) => Ok(Some(svara::Secret::new(text)?)),
                    Some(Down) => Err::<_, BoxError>("connection refused".into()),
                    Some(Hangs) => pending().await,
                    Some(Panics | PanicsAtOnce) => panic!("as it should"),
                }
            }
        })
    }
}

type BoxError = Box<dyn Error + Send + Sync>;

/// What a lookup answers without waiting.
fn at_once(endpoints: &Endpoints, id: &str) -> Option<Option<Endpoint>> {
    match endpoints.lookup(id) {
        Lookup::Ready(found) => Some(found),
        Lookup::Later(_) => None,
    }
}

async fn answer(lookup: Lookup) -> Result<Option<Endpoint>, String> {
    match lookup {
        Lookup::Ready(found) => Ok(found),
        Lookup::Later(lookup) => lookup.await.map_err(|error| Chain(&*error).to_string()),
    }
}

async fn look_up(endpoints: &Endpoints, id: &str) -> Result<Option<Endpoint>, String> {
    answer(endpoints.lookup(id)).await
}

async fn find(endpoints: &Endpoints, id: &str) -> Endpoint {
    look_up(endpoints, id).await.unwrap().unwrap()
}

#[track_caller]
fn assert_secret(endpoint: &Endpoint, secret: &str) {
    assert!(accepts(&**endpoint.verify(), secret), "not {secret}");
}

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
