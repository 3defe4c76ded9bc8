//! The store on real Redis servers: it conforms, alone and as a cluster, and recovers from outages.
#![cfg(all(feature = "redis", feature = "testing"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not helpers"
)]

mod cluster;
mod losses;
mod server;

use std::time::Duration;

use server::{Server, free_port};
use webhook_idempotency::{
    Claim, ClaimStore, Claims, Keys, Note, RedisStore, Scope, StoreErrorKind, Token, testing,
};

const LEASE: Duration = Duration::from_secs(60);

fn keys(key: &str) -> Keys {
    Keys::chosen(Scope::new("endpoint", "provider"), key, LEASE)
}

fn token() -> Token {
    Token::random().unwrap()
}

fn committed() -> Claim {
    Claim::Committed(Note::default())
}

async fn pass(time: Duration) {
    // Redis removes a key in the millisecond after its expiry.
    tokio::time::sleep(time + Duration::from_millis(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms() {
    let Some(server) = Server::start(&[]).await else { return };
    testing::conformance(RedisStore::connect(&server.url()).unwrap(), pass).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_reported_quickly_and_the_store_recovers() {
    let Some(mut server) = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]).await
    else {
        return;
    };
    let store = RedisStore::connect(&server.url()).unwrap();
    let holder = token();
    assert_eq!(store.claim(&keys("kept"), holder, LEASE).await.unwrap(), Claim::Ours);
    assert!(store.commit(&keys("kept"), holder).await.unwrap());

    server.kill();
    let (other, patience) = (keys("other"), Duration::from_secs(20));
    let asked = tokio::time::timeout(patience, store.claim(&other, token(), LEASE)).await;
    let error = asked.expect("an error in time").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);

    server.restart().await;
    let claim = loop {
        // The connection recovers by itself some time after the server.
        if let Ok(claim) = store.claim(&keys("other"), token(), LEASE).await {
            break claim;
        }
    };
    assert_eq!(claim, Claim::Ours);
    let claim = store.claim(&keys("kept"), token(), LEASE).await.unwrap();
    assert_eq!(claim, committed(), "loaded from its disk");
}

#[tokio::test]
async fn a_store_can_be_created_before_its_server_runs() {
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{}", free_port())).unwrap();
    let error = store.claim(&keys("any"), token(), LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_is_ready_while_its_server_runs() {
    let Some(mut server) = Server::start(&[]).await else { return };
    let claims = Claims::new(RedisStore::connect(&server.url()).unwrap());
    claims.ready().await.unwrap();

    server.kill();
    let asked = tokio::time::timeout(Duration::from_secs(20), claims.ready()).await;
    let error = asked.expect("an error in time").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);

    server.restart().await;
    let recovers = async {
        // The connection recovers by itself some time after the server.
        while claims.ready().await.is_err() {}
    };
    tokio::time::timeout(Duration::from_secs(20), recovers).await.expect("ready again");
}

/// A full store still answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_is_ready() {
    let Some(server) = Server::start(&["--maxmemory", "1"]).await else { return };
    RedisStore::connect(&server.url()).unwrap().ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_is_reported() {
    let Some(server) = Server::start(&["--maxmemory", "1"]).await else { return };
    let store = RedisStore::connect(&server.url()).unwrap();
    let error = store.claim(&keys("any"), token(), LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
}

/// In actix-web each worker has its own runtime.
#[test]
fn the_store_outlives_the_runtime_that_used_it_first() {
    let main = tokio::runtime::Runtime::new().unwrap();
    let Some(server) = main.block_on(Server::start(&[])) else { return };
    let store = main.block_on(async { RedisStore::connect(&server.url()).unwrap() });
    for key in ["first", "second", "third"] {
        let worker = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let claim = worker.block_on(store.claim(&keys(key), token(), LEASE)).unwrap();
        assert_eq!(claim, Claim::Ours);
        worker.block_on(store.ready()).unwrap();
    }
}

#[tokio::test]
async fn neither_debug_nor_errors_show_the_password() {
    let error = RedisStore::connect("postgres://user:password@host").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let shown = format!("{error:?} {error} {:?}", std::error::Error::source(&error));
    assert!(!shown.contains("password"), "{shown}");
}
