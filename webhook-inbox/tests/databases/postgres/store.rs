//! The suite for stores, and what only PostgreSQL is asked.

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use tokio::time::timeout;
use webhook_core::UnixTime;
use webhook_inbox::store::{
    Accepted, Claimed, Filter, NewDelivery, Outcome, Settled, State, Store, StoreErrorKind, Turn,
};
use webhook_inbox::{Inbox, Postgres, testing};

use super::proxy::{Direction, Proxy};
use super::server::Server;
use crate::scenarios::Database as _;

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

#[tokio::test(flavor = "multi_thread")]
async fn postgres_passes_the_suite() {
    let Some(server) = Server::start() else { return };
    testing::conformance(async || Postgres::connect(&server.empty().await).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_start_at_once() {
    let Some(server) = Server::start() else { return };
    let url = server.url();
    let open = (0..6).map(|_| Inbox::open(Postgres::connect(&url).unwrap()));
    try_join_all(open).await.unwrap();
    // A newer version has been here.
    sqlx::query(
        "insert into _inbox_migrations (version, description, success, checksum, execution_time) \
         values (9999, 'newer', true, '', 0)",
    )
    .execute(Postgres::connect(&url).unwrap().pool())
    .await
    .unwrap();
    Inbox::open(Postgres::connect(&url).unwrap()).await.unwrap();
}

#[tokio::test]
async fn errors_do_not_contain_the_password() {
    let causes = |error: &dyn Error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        format!("{text} {error:?}")
    };
    let error = Postgres::connect("postgres://inbox:sesame@host:no-port/db").unwrap_err();
    assert!(!causes(&error).contains("sesame"), "{}", causes(&error));

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://inbox:sesame@127.0.0.1:{port}/db");
    let error = Inbox::open(Postgres::connect(&url).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    let text = causes(&error);
    assert!(text.contains("the inbox's database cannot be reached: "), "{text}");
    assert!(text.contains("onnection refused") && !text.contains("sesame"), "{text}");
}

#[tokio::test]
async fn a_nul_is_left_out_of_texts() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    let mut new = testing::delivery("one", NOW);
    new.event = "a\0b".to_owned();
    new.order = Some("\0c".to_owned());
    new.delivery_id = Some("d\0".to_owned());
    let [Accepted::New(number)] = store.accept(&[new]).await.unwrap()[..] else { panic!() };
    let row = store.detail(number).await.unwrap().unwrap().row;
    assert_eq!(
        (&*row.event, row.order.as_deref(), row.delivery_id.as_deref()),
        ("ab", Some("c"), Some("d"))
    );
    let mut filter = Filter::default();
    filter.event = Some("a\0".to_owned());
    assert!(store.list(&filter).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn a_read_only_database_is_not_ready() {
    let Some(server) = Server::start() else { return };
    let url = server.empty().await;
    let store = Postgres::connect(&url).unwrap();
    store.open().await.unwrap();
    store.ready().await.unwrap();
    let read_only = format!("{url}?options=-c%20default_transaction_read_only%3Don");
    let error = Postgres::connect(&read_only).unwrap().ready().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Refused);
}

#[tokio::test]
async fn work_is_noted_in_the_transaction_of_its_effect() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    store.accept(&[testing::delivery("one", NOW)]).await.unwrap();
    let claimed = turn(&store, "a", 1, Vec::new()).await.remove(0);
    for (worker, commits, expected) in
        [("b", true, State::Running), ("a", false, State::Running), ("a", true, State::Done)]
    {
        let mut transaction = store.pool().begin().await.unwrap();
        let is_held =
            store.done_in((&mut *transaction).into(), worker, &done(&claimed)).await.unwrap();
        assert_eq!(is_held, worker == "a");
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let row = store.detail(claimed.number).await.unwrap().unwrap().row;
        assert_eq!(row.state, expected);
    }
}

/// Two machines store deliveries of the same orders, two others work on them.
#[tokio::test(flavor = "multi_thread")]
async fn orders_are_kept_across_machines() {
    const EACH: usize = 60;
    let Some(server) = Server::start() else { return };
    let stores: Vec<_> = (0..4).map(|_| Postgres::connect(&server.url()).unwrap()).collect();
    stores[0].open().await.unwrap();
    let accept = stores[..2].iter().enumerate().map(async |(machine, store)| {
        for nth in 0..EACH {
            let new: Vec<NewDelivery> = (0..2)
                .map(|copy| {
                    let mut new = testing::delivery(&format!("{machine} {nth} {copy}"), NOW);
                    // Each machine has another order in its hands first.
                    new.order = Some(format!("order {}", (machine + copy) % 2));
                    new
                })
                .collect();
            store.accept(&new).await.unwrap();
        }
    });
    let work = ["a", "b"].iter().zip(&stores[2..]).map(async |(worker, store)| {
        let (mut held, mut did) = (Vec::new(), Vec::new());
        let mut idle = 0;
        while idle < 300 {
            let claimed = turn(store, worker, 4, held.iter().map(done).collect()).await;
            idle = if claimed.is_empty() { idle + 1 } else { 0 };
            if claimed.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            did.extend(claimed.iter().map(|claimed| claimed.number));
            held = claimed;
        }
        did
    });
    let (_, did) = tokio::join!(join_all(accept), join_all(work));
    assert_eq!(did.concat().len(), EACH * 4, "some are held for ever");
    for did in did {
        let mut last: HashMap<String, i64> = HashMap::new();
        for number in did {
            let row = stores[0].detail(number).await.unwrap().unwrap().row;
            assert_eq!(row.state, State::Done);
            let before = last.insert(row.order.unwrap(), number);
            assert!(before.is_none_or(|before| before < number));
        }
    }
}

/// A copy with one more key arrives while its delivery is removed: no key may be left that nothing belongs to.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_what_is_being_removed_is_new() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    let mut new = testing::delivery("one", NOW);
    let [Accepted::New(first)] = store.accept(&[new.clone()]).await.unwrap()[..] else { panic!() };
    let mut removal = store.pool().begin().await.unwrap();
    for statement in [
        "delete from inbox_deliveries where number = $1",
        "delete from inbox_keys where delivery = $1",
    ] {
        sqlx::query(statement).bind(first).execute(&mut *removal).await.unwrap();
    }
    let more = testing::delivery("another", NOW).keys;
    let keys = new.keys.len() + more.len();
    new.keys.extend(more);
    let copy = {
        let store = store.clone();
        tokio::spawn(async move { store.accept(&[new]).await })
    };
    // It waits for the removal.
    wait_for_a_lock(&store).await;
    removal.commit().await.unwrap();
    let accepted = copy.await.unwrap().unwrap();
    assert!(matches!(accepted[..], [Accepted::New(second)] if second > first), "{accepted:?}");
    let all = count(&store, "select count(*) from inbox_keys").await;
    assert_eq!(all, i64::try_from(keys).unwrap());
}

/// The connection that was kept for the next delivery is gone by then.
#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    store.accept(&[testing::delivery("one", NOW)]).await.unwrap();
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
               where query like 'with stored as%' and pid <> pg_backend_pid()";
    let ended: i64 = sqlx::query_scalar(end).fetch_one(store.pool()).await.unwrap();
    assert_eq!(ended, 1);
    // One that was used a moment ago is not asked first.
    if let Err(error) = store.accept(&[testing::delivery("two", NOW)]).await {
        assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    }
    store.accept(&[testing::delivery("two", NOW)]).await.unwrap();
    // One that has not been used for a while is asked first.
    let ended: i64 = sqlx::query_scalar(end).fetch_one(store.pool()).await.unwrap();
    assert_eq!(ended, 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    store.accept(&[testing::delivery("three", NOW)]).await.unwrap();
}

/// As behind a router that has forgotten the connection: it stays open, and nothing comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_given_up() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::start(server.port);
    let store = Postgres::connect(&Server::url_at(proxy.port)).unwrap();
    store.open().await.unwrap();
    let caught = proxy.withhold(Direction::FromPostgres, "SELECT 1\0");
    let error = store.accept(&[testing::delivery("one", NOW)]).await.unwrap_err();
    caught.try_recv().unwrap();
    assert_eq!(error.kind(), StoreErrorKind::Unreachable);
    // It was stored all the same, as the sender learns when it comes again.
    let again = store.accept(&[testing::delivery("one", NOW)]).await.unwrap();
    assert!(matches!(again[..], [Accepted::Duplicate(_)]), "{again:?}");
}

/// All that a worker and the log ask, on connections that have fallen silent.
#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_replaced() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::start(server.port);
    let store = Postgres::connect(&Server::url_at(proxy.port)).unwrap();
    store.open().await.unwrap();
    store.accept(&[testing::delivery("one", NOW)]).await.unwrap();
    turn(&store, "a", 0, Vec::new()).await;
    join_all((0..4).map(|_| store.backlog(NOW))).await;
    proxy.silence();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    store.accept(&[testing::delivery("two", NOW)]).await.unwrap();
    let moment = Duration::from_secs(2);
    for _ in 0..10 {
        // As the health routes ask, which do not wait for long.
        let backlog = timeout(moment, store.backlog(NOW)).await;
        let ready = timeout(moment, store.ready()).await;
        if matches!((backlog, ready), (Ok(Ok(_)), Ok(Ok(())))) {
            break;
        }
    }
    store.backlog(NOW).await.unwrap();
    store.ready().await.unwrap();
    assert_eq!(turn(&store, "a", 2, Vec::new()).await.len(), 2);
}

/// The settings of the database are the user's.
#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_left_behind_where_transactions_are_repeatable_read() {
    let Some(server) = Server::start() else { return };
    let url = server.empty().await;
    let read = "do $$ begin execute format('alter database %I set default_transaction_isolation = %L', \
                current_database(), 'repeatable read'); end $$";
    sqlx::query(read).execute(Postgres::connect(&url).unwrap().pool()).await.unwrap();
    let store = Postgres::connect(&url).unwrap();
    store.open().await.unwrap();
    let new = testing::delivery("one", NOW);
    let [Accepted::New(first)] = store.accept(&[new]).await.unwrap()[..] else { panic!() };
    // A copy with one more key is being stored.
    let mut copy = store.pool().begin().await.unwrap();
    for statement in [
        "select from inbox_deliveries where number = $1 for key share",
        "insert into inbox_keys (key, delivery, kind) values ('key', $1, 0)",
    ] {
        sqlx::query(statement).bind(first).execute(&mut *copy).await.unwrap();
    }
    let removal = {
        let store = store.clone();
        tokio::spawn(async move { store.delete(first).await })
    };
    wait_for_a_lock(&store).await;
    copy.commit().await.unwrap();
    assert!(removal.await.unwrap().unwrap());
    assert_eq!(count(&store, "select count(*) from inbox_keys").await, 0);
}

/// Somebody has removed a delivery by hand, and not its keys.
#[tokio::test]
async fn keys_without_their_delivery_do_not_count() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    let new = testing::delivery("one", NOW);
    store.accept(std::slice::from_ref(&new)).await.unwrap();
    for batch in [vec![new.clone()], vec![testing::delivery("other", NOW), new.clone()]] {
        sqlx::query("delete from inbox_deliveries").execute(store.pool()).await.unwrap();
        let accepted = store.accept(&batch).await.unwrap();
        assert!(accepted.iter().all(|each| matches!(each, Accepted::New(_))), "{accepted:?}");
        let again = store.accept(std::slice::from_ref(&new)).await.unwrap();
        assert!(matches!(again[..], [Accepted::Duplicate(_)]), "{again:?}");
    }
}

/// Whoever deletes locks an order before its deliveries, as whoever stores does.
#[tokio::test(flavor = "multi_thread")]
async fn deleting_and_storing_in_one_order_do_not_wait_for_each_other() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    let ordered = |id: &str| {
        let mut new = testing::delivery(id, NOW);
        new.order = Some("order".to_owned());
        new
    };
    for round in 0..30 {
        let mut copy = ordered(&format!("{round}"));
        let accepted = store.accept(std::slice::from_ref(&copy)).await.unwrap();
        let [Accepted::New(number)] = accepted[..] else { panic!("{accepted:?}") };
        copy.keys.extend(testing::delivery(&format!("{round} more"), NOW).keys);
        let batch = [copy, ordered(&format!("{round} next"))];
        let (deleted, accepted) = tokio::join!(store.delete(number), store.accept(&batch));
        assert!(deleted.unwrap());
        accepted.unwrap();
    }
    // PostgreSQL looks for deadlocks after a second, and says so.
    assert!(!server.log().contains("deadlock detected"));
}

#[test]
fn a_store_may_outlive_its_runtime() {
    let Some(server) = Server::start() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime.block_on(async {
        let store = Postgres::connect(&server.url()).unwrap();
        store.open().await.unwrap();
        store.accept(&[testing::delivery("one", NOW)]).await.unwrap();
        store
    });
    drop(runtime);
    drop(store);
}

async fn count(store: &Postgres, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(store.pool()).await.unwrap()
}

/// Until somebody waits for a lock of somebody else's.
async fn wait_for_a_lock(store: &Postgres) {
    let waiting = async {
        let query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
        while count(store, query).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_mins(1), waiting).await.unwrap();
}

/// A worker of this name wants so many.
async fn turn(store: &Postgres, worker: &str, want: usize, settled: Vec<Settled>) -> Vec<Claimed> {
    let lease = Duration::from_secs(10);
    let endpoints = &["voisnap".to_owned()];
    store.turn(Turn { worker, now: NOW, lease, settled, want, endpoints }).await.unwrap()
}

fn done(claimed: &Claimed) -> Settled {
    let Claimed { number, attempt, .. } = *claimed;
    Settled { number, attempt, started: NOW, ended: NOW, outcome: Outcome::Done }
}
