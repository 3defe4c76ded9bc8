//! Connections that are lost, fall silent, or are too many.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;
use webhook_inbox::store::{Accepted, Store as _, StoreErrorKind};
use webhook_inbox::{Postgres, testing};

use super::proxy::{Direction, Proxy};
use super::server::Server;
use super::store::{NOW, turn};
use crate::scenarios::Database as _;

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

/// However much is asked at once.
#[tokio::test(flavor = "multi_thread")]
async fn connections_are_limited() {
    let Some(server) = Server::start() else { return };
    let store = Postgres::connect(&server.url()).unwrap();
    store.open().await.unwrap();
    let stored = join_all((0..60).map(async |nth| {
        let new = testing::delivery(&nth.to_string(), NOW);
        store.accept(&[new]).await.unwrap();
        store.ready().await.unwrap();
        store.backlog(NOW).await.unwrap();
    }));
    stored.await;
    let others = "select count(*) from pg_stat_activity \
                  where backend_type = 'client backend' and pid <> pg_backend_pid()";
    let connections: i64 = sqlx::query_scalar(others).fetch_one(store.pool()).await.unwrap();
    assert!((12..=20).contains(&connections), "{connections}");
}
