//! Data that Redis loses or refuses between a claim and its commit.

use std::process::Command;

use super::*;

/// A store on a server, and a delivery that was claimed there.
async fn claimed(
    args: &'static [&'static str],
    lease: Duration,
) -> Option<(Server, RedisStore, Token)> {
    let server = Server::start(args).await?;
    let store = RedisStore::connect(&server.url()).unwrap();
    let holder = token();
    assert_eq!(store.claim(&keys("any"), holder, lease).await.unwrap(), Claim::Ours);
    Some((server, store, holder))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_commits_existing_claims() {
    let Some((server, store, holder)) = claimed(&[], LEASE).await else { return };
    server.run::<()>("CONFIG SET maxmemory 1").await.unwrap();
    let error = store.claim(&keys("other"), token(), LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    assert!(store.commit(&keys("any"), holder).await.unwrap());
    assert_eq!(store.claim(&keys("any"), token(), LEASE).await.unwrap(), committed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_releases_claims() {
    let Some((server, store, holder)) = claimed(&[], LEASE).await else { return };
    server.run::<()>("CONFIG SET maxmemory 1").await.unwrap();
    store.release(&keys("any"), holder).await.unwrap();
    server.run::<()>("CONFIG SET maxmemory 0").await.unwrap();
    assert_eq!(store.claim(&keys("any"), token(), LEASE).await.unwrap(), Claim::Ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_renews_claims_when_it_has_room_again() {
    let Some((server, store, holder)) = claimed(&[], LEASE).await else { return };
    server.run::<()>("CONFIG SET maxmemory 1").await.unwrap();
    let error = store.claim(&keys("any"), holder, LEASE).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    server.run::<()>("CONFIG SET maxmemory 0").await.unwrap();
    assert_eq!(store.claim(&keys("any"), holder, LEASE).await.unwrap(), Claim::Ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_server_forgets_claims() {
    let Some((server, store, _)) = claimed(&[], LEASE).await else { return };
    server.run::<()>("CONFIG SET maxmemory 1").await.unwrap();
    assert!(store.forget(&keys("any")).await.unwrap());
    server.run::<()>("CONFIG SET maxmemory 0").await.unwrap();
    assert_eq!(store.claim(&keys("any"), token(), LEASE).await.unwrap(), Claim::Ours);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_committed_after_the_server_hung_for_longer_than_the_lease() {
    let lease = Duration::from_millis(100);
    let Some((server, store, holder)) = claimed(&[], lease).await else { return };
    let signal = |signal: &str| {
        let kill = Command::new("kill").args([signal, &server.pid().to_string()]).status();
        assert!(kill.unwrap().success());
    };
    signal("-STOP");
    let any = keys("any");
    let commit = store.commit(&any, holder);
    let hung = async {
        tokio::time::sleep(2 * lease).await;
        signal("-CONT");
    };
    let (committed_late, ()) = tokio::join!(commit, hung);
    assert!(committed_late.unwrap());
    assert_eq!(store.claim(&keys("any"), token(), LEASE).await.unwrap(), committed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_claim_is_committed_unless_another_attempt_has_it() {
    let Some((server, store, holder)) = claimed(&[], LEASE).await else { return };
    server.run::<()>("FLUSHALL").await.unwrap();
    assert!(store.commit(&keys("any"), holder).await.unwrap());
    assert_eq!(store.claim(&keys("any"), token(), LEASE).await.unwrap(), committed());

    server.run::<()>("FLUSHALL").await.unwrap();
    let other = token();
    assert_eq!(store.claim(&keys("any"), other, LEASE).await.unwrap(), Claim::Ours);
    assert!(!store.commit(&keys("any"), holder).await.unwrap());
    assert!(store.commit(&keys("any"), other).await.unwrap());
}

/// A known gap: the commit is retried until there is room, and given up after a while.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_flushed_from_a_full_server_is_not_committed() {
    let Some((server, store, holder)) = claimed(&[], LEASE).await else { return };
    server.run::<()>("FLUSHALL").await.unwrap();
    server.run::<()>("CONFIG SET maxmemory 1").await.unwrap();
    let error = store.commit(&keys("any"), holder).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full);
    server.run::<()>("CONFIG SET maxmemory 0").await.unwrap();
    assert!(store.commit(&keys("any"), holder).await.unwrap());
}
