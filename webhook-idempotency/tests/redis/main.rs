//! The store in Redis, on real servers: it conforms, alone and as a cluster, and lives through outages.
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
    Claim, ClaimStore, Keys, Note, RedisStore, StoreErrorKind, Token, testing,
};

const LEASE: Duration = Duration::from_secs(60);

fn keys(key: &str) -> Keys {
    Keys::chosen("endpoint", "provider", key, LEASE)
}

fn token() -> Token {
    Token::random().unwrap()
}

fn committed() -> Claim {
    Claim::Committed(Note::default())
}

async fn pass(time: Duration) {
    // What Redis expires at a millisecond is gone in the next.
    tokio::time::sleep(time + Duration::from_millis(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms() {
    let Some(server) = Server::start(&[]).await else { return };
    testing::conformance(RedisStore::connect(&server.url()).unwrap(), pass).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_an_error_soon_and_over_when_it_is_over() {
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
    let error = asked.expect("an answer, if not a claim").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);

    server.restart().await;
    let claim = loop {
        // The connection comes back by itself, some time after the server.
        if let Ok(claim) = store.claim(&keys("other"), token(), LEASE).await {
            break claim;
        }
    };
    assert_eq!(claim, Claim::Ours);
    let claim = store.claim(&keys("kept"), token(), LEASE).await.unwrap();
    assert_eq!(claim, committed(), "on its disk");
}

#[tokio::test]
async fn a_store_can_be_made_before_its_server_is_there() {
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{}", free_port())).unwrap();
    let error = store.claim(&keys("any"), token(), LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_says_so() {
    let Some(server) = Server::start(&["--maxmemory", "1"]).await else { return };
    let store = RedisStore::connect(&server.url()).unwrap();
    let error = store.claim(&keys("any"), token(), LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
}

/// As in actix-web, whose workers each have a runtime of their own.
#[test]
fn it_outlives_the_runtime_that_used_it_first() {
    let main = tokio::runtime::Runtime::new().unwrap();
    let Some(server) = main.block_on(Server::start(&[])) else { return };
    let store = main.block_on(async { RedisStore::connect(&server.url()).unwrap() });
    for key in ["first", "second", "third"] {
        let worker = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let claim = worker.block_on(store.claim(&keys(key), token(), LEASE)).unwrap();
        assert_eq!(claim, Claim::Ours);
    }
}

#[tokio::test]
async fn neither_debug_nor_errors_show_the_password() {
    let error = RedisStore::connect("postgres://user:password@host").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    let shown = format!("{error:?} {error} {:?}", std::error::Error::source(&error));
    assert!(!shown.contains("password"), "{shown}");
}
