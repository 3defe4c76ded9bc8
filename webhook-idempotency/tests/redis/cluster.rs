//! Redis Cluster, also while a slot moves from one node to another.

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use webhook_idempotency::testing::{SignsTime, delivery, secret};

use super::*;

const CLUSTER: &[&str] = &["--cluster-enabled", "yes"];

async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("the cluster is ready");
}

async fn is_ready(server: &Server, nodes: usize) -> bool {
    let info: String = server.run("CLUSTER INFO").await.unwrap();
    let known = format!("cluster_known_nodes:{nodes}\r");
    info.contains("cluster_state:ok") && info.contains(&known)
}

/// A store that does not retry for long while keys migrate.
async fn store(server: &Server) -> RedisStore<ClusterConnection> {
    let client =
        ClusterClient::builder([server.url()]).retries(1).min_retry_wait(1).max_retry_wait(1);
    RedisStore::new(client.build().unwrap().get_async_connection().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_conforms_on_a_cluster() {
    let Some(server) = Server::start(CLUSTER).await else { return };
    server.run::<()>("CLUSTER ADDSLOTSRANGE 0 16383").await.unwrap();
    until(async || is_ready(&server, 1).await).await;
    testing::conformance(store(&server).await, pass).await;
}

/// Returns an endpoint whose slot is on this node. It uses endpoints on both nodes first, so that both have the scripts.
async fn endpoint(store: &impl ClaimStore, node: &Server) -> String {
    let (mut here, mut elsewhere) = (None, false);
    let mut number = 0;
    loop {
        number += 1;
        let name = number.to_string();
        let before: usize = node.run("DBSIZE").await.unwrap();
        let (keys, holder) = (Keys::chosen(Scope::new(&name, "signs-time"), "any", LEASE), token());
        assert_eq!(store.claim(&keys, holder, LEASE).await.unwrap(), Claim::Ours);
        assert!(store.commit(&keys, holder).await.unwrap());
        store.release(&keys, holder).await.unwrap();
        if node.run::<usize>("DBSIZE").await.unwrap() > before {
            here = Some(name);
        } else {
            elsewhere = true;
        }
        if elsewhere && let Some(name) = here.take() {
            return name;
        }
    }
}

/// Moves each subset of a delivery's keys to the other node, and then claims it.
#[tokio::test(flavor = "multi_thread")]
async fn a_committed_delivery_is_never_claimed_while_its_slot_migrates() {
    let Some(old) = Server::start(CLUSTER).await else { return };
    let Some(new) = Server::start(CLUSTER).await else { return };
    old.run::<()>("CLUSTER ADDSLOTSRANGE 0 8191").await.unwrap();
    new.run::<()>("CLUSTER ADDSLOTSRANGE 8192 16383").await.unwrap();
    old.run::<()>(&format!("CLUSTER MEET 127.0.0.1 {}", new.port)).await.unwrap();
    until(async || is_ready(&old, 2).await && is_ready(&new, 2).await).await;
    let store = store(&old).await;
    let endpoint = endpoint(&store, &old).await;

    // Each delivery has keys for its id, its fingerprint, its body, and its claim.
    let secret = secret::<SignsTime>(&["secret"]);
    let mut deliveries = Vec::new();
    for subset in 0..16_usize {
        let before: Vec<String> = old.run("KEYS *").await.unwrap();
        let delivery = delivery(&secret, Some("dlv_1"), &subset.to_string(), 0);
        let keys = Keys::of(&endpoint, &delivery, LEASE).unwrap();
        let holder = token();
        assert_eq!(store.claim(&keys, holder, LEASE).await.unwrap(), Claim::Ours);
        assert!(store.commit(&keys, holder).await.unwrap());
        let mut own: Vec<String> = old.run("KEYS *").await.unwrap();
        own.retain(|name| !before.contains(name));
        own.sort_unstable();
        assert_eq!(own.len(), 4, "{own:?}");
        deliveries.push((keys, holder, own));
    }

    let slot: u16 = old.run(&format!("CLUSTER KEYSLOT {}", deliveries[0].2[0])).await.unwrap();
    let [old_id, new_id]: [String; 2] =
        [old.run("CLUSTER MYID").await.unwrap(), new.run("CLUSTER MYID").await.unwrap()];
    new.run::<()>(&format!("CLUSTER SETSLOT {slot} IMPORTING {old_id}")).await.unwrap();
    old.run::<()>(&format!("CLUSTER SETSLOT {slot} MIGRATING {new_id}")).await.unwrap();
    let moves = async |names: &[&str]| {
        if !names.is_empty() {
            let names = names.join(" ");
            let command = format!("MIGRATE 127.0.0.1 {} {{}} 0 5000 KEYS {names}", new.port);
            // An empty key announces a list of keys. `Server::run` cannot pass an empty word.
            let mut migrate = redis::cmd("MIGRATE");
            for word in command.split(' ').skip(1) {
                migrate.arg(if word == "{}" { "" } else { word });
            }
            migrate.query_async::<()>(&mut old.connection().await).await.unwrap();
        }
    };
    for (subset, (keys, holder, names)) in deliveries.iter().enumerate() {
        let is_in = |index: &usize| subset & (1 << index) != 0;
        let subset: Vec<_> = (0..4).filter(is_in).map(|index| &*names[index]).collect();
        moves(&subset).await;
        for keys in [keys.clone(), keys.clone().without_body()] {
            match store.claim(&keys, token(), LEASE).await {
                Ok(claim) => assert_eq!(claim, committed(), "with {subset:?} on the new node"),
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Unavailable),
            }
            if let Ok(committed) = store.commit(&keys, token()).await {
                assert!(!committed, "with {subset:?} on the new node");
            }
            store.release(&keys, *holder).await.ok();
        }
    }

    // After the whole slot has moved, committed deliveries are still committed.
    for (_, _, names) in &deliveries {
        moves(&names.iter().map(|name| &**name).collect::<Vec<_>>()).await;
    }
    for node in [&new, &old] {
        node.run::<()>(&format!("CLUSTER SETSLOT {slot} NODE {new_id}")).await.unwrap();
    }
    for (keys, _, names) in &deliveries {
        let claim = loop {
            // The client learns the new node.
            if let Ok(claim) = store.claim(keys, token(), LEASE).await {
                break claim;
            }
        };
        assert_eq!(claim, committed(), "{names:?}");
    }
}
