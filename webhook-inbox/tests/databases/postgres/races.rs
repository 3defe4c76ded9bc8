//! What several machines do at the same time.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use webhook_inbox::store::{Accepted, NewDelivery, State, Store as _};
use webhook_inbox::{Postgres, testing};

use super::server::Server;
use super::store::{NOW, done, turn};
use crate::scenarios::Database as _;

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

async fn count(store: &Postgres, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(store.pool()).await.unwrap()
}
