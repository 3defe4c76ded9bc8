//! The store in Redis, on real servers: it conforms, alone and as a cluster, and lives through outages.
#![cfg(all(feature = "redis", feature = "testing"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not helpers"
)]

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::cluster::ClusterClient;
use webhook_idempotency::{Claim, ClaimStore, Keys, RedisStore, StoreErrorKind, Token, testing};

const LEASE: Duration = Duration::from_secs(60);

/// A server in a directory of its own, which ends with the test.
struct Server {
    port: u16,
    dir: PathBuf,
    child: Child,
    args: &'static [&'static str],
}

impl Server {
    /// `None`, with a line that says so, where there is no redis-server; with `CI=true` that is a failure.
    async fn start(args: &'static [&'static str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "redis-server is not installed");
            println!("skipped: redis-server is not installed");
            return None;
        }
        // Free a moment ago; nobody else on this machine takes ports in order.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = std::env::temp_dir().join(format!("webhook-redis-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let child = spawn(port, &dir, args);
        let server = Self { port, dir, child, args };
        server.answers().await;
        Some(server)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn restart(&mut self) {
        self.child = spawn(self.port, &self.dir, self.args);
        self.answers().await;
    }

    /// Waits for it to take connections.
    async fn answers(&self) {
        let ping = async {
            while !self.ping().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), ping).await.expect("redis-server answers");
    }

    async fn ping(&self) -> bool {
        let client = redis::Client::open(self.url()).unwrap();
        let Ok(mut connection) = client.get_multiplexed_async_connection().await else {
            return false;
        };
        redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn spawn(port: u16, dir: &PathBuf, args: &[&str]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
        .args(["--maxmemory-policy", "noeviction", "--dir"])
        .arg(dir)
        .args(args)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn keys(key: &str) -> Keys {
    Keys::chosen("endpoint", "provider", key, LEASE)
}

fn token() -> Token {
    Token::random().unwrap()
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
async fn it_conforms_on_a_cluster() {
    let cluster = &["--cluster-enabled", "yes"];
    let Some(server) = Server::start(cluster).await else { return };
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let mut own_all = redis::cmd("CLUSTER");
    own_all.arg("ADDSLOTSRANGE").arg(0).arg(16383);
    own_all.query_async::<()>(&mut connection).await.unwrap();
    loop {
        let mut info = redis::cmd("CLUSTER");
        let info: String = info.arg("INFO").query_async(&mut connection).await.unwrap();
        if info.contains("cluster_state:ok") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let client = ClusterClient::new([server.url()]).unwrap();
    let connection = client.get_async_connection().await.unwrap();
    testing::conformance(RedisStore::new(connection), pass).await;
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
    assert_eq!(claim, Claim::Committed, "on its disk");
}

#[tokio::test]
async fn a_store_can_be_made_before_its_server_is_there() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let store = RedisStore::connect(&format!("redis://127.0.0.1:{port}")).unwrap();
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
