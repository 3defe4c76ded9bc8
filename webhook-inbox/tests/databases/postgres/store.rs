//! The suite for stores, and what only PostgreSQL is asked.

use std::error::Error;
use std::time::Duration;

use futures_util::future::try_join_all;
use webhook_core::UnixTime;
use webhook_inbox::store::{
    Accepted, Claimed, Filter, Outcome, Settled, State, Store, StoreErrorKind, Turn,
};
use webhook_inbox::{Inbox, Postgres, testing};

use super::server::Server;
use crate::scenarios::Database as _;

pub(super) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

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

/// A worker of this name wants so many.
pub(super) async fn turn(
    store: &Postgres,
    worker: &str,
    want: usize,
    settled: Vec<Settled>,
) -> Vec<Claimed> {
    let lease = Duration::from_secs(10);
    let endpoints = &["voisnap".to_owned()];
    store.turn(Turn { worker, now: NOW, lease, settled, want, endpoints }).await.unwrap()
}

pub(super) fn done(claimed: &Claimed) -> Settled {
    let Claimed { number, attempt, .. } = *claimed;
    Settled { number, attempt, started: NOW, ended: NOW, outcome: Outcome::Done }
}
