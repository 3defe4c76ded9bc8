//! How fast the stores claim and commit, and what a million deliveries take of their memory.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::task::JoinSet;
use webhook_benches::claims::Kind;
use webhook_benches::rounds::median;
use webhook_benches::table;
use webhook_idempotency::{ClaimStore, Keys, MemoryStore, RedisStore, Token};

use crate::memory;

const LEASE: Duration = Duration::from_secs(20);
const ROUNDS: u64 = 5;
const MILLION: u64 = 1_000_000;

pub(crate) fn run() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let redis = Redis::start();
    if redis.is_none() {
        println!("skipped: redis-server is not installed");
    }
    runtime.block_on(speed(redis.as_ref()));
    in_memory();
    if let Some(redis) = redis {
        runtime.block_on(in_redis(&redis));
    }
}

/// Both kinds, both stores, one task and sixteen, in turns.
async fn speed(redis: Option<&Redis>) {
    let mut cases = Vec::new();
    for kind in Kind::ALL {
        for tasks in [1, 16] {
            cases.push(("memory", kind, tasks, 100_000, Vec::new()));
            if redis.is_some() {
                cases.push(("redis", kind, tasks, 5_000, Vec::new()));
            }
        }
    }
    let mut number = 0;
    for _ in 0..ROUNDS {
        for (store, kind, tasks, deliveries, rates) in &mut cases {
            let store: Arc<dyn ClaimStore> = match (redis, &**store) {
                (Some(redis), "redis") => Arc::new(redis.store().await),
                _ => Arc::new(MemoryStore::new(10_000_000).quota(10_000_000)),
            };
            let keys: Vec<Keys> = (number..number + *deliveries).map(|n| kind.keys(n)).collect();
            number += *deliveries;
            let time = claim_and_commit(&store, keys, *tasks).await;
            rates.push(*deliveries as f64 / time.as_secs_f64());
        }
    }
    let columns = ["claims with their commits, a second", "keys", "1 task", "16 tasks"];
    let mut table = table::table(&columns);
    for name in ["memory", "redis"] {
        for kind in Kind::ALL {
            let mut row = vec![name.to_owned(), kind.name().to_owned()];
            row.extend(
                cases
                    .iter()
                    .filter(|(store, each, ..)| *store == name && *each == kind)
                    .map(|(.., rates)| format!("{:.0}", median(rates.clone()))),
            );
            if row.len() > 2 {
                table.add_row(row);
            }
        }
    }
    println!("\n## claims: speed\n\n{table}");
}

/// Claims and commits all of them, each task its share.
async fn claim_and_commit(store: &Arc<dyn ClaimStore>, keys: Vec<Keys>, tasks: usize) -> Duration {
    let share = keys.len().div_ceil(tasks);
    let mut shares: Vec<Vec<Keys>> = Vec::new();
    let mut keys = keys.into_iter();
    shares.resize_with(tasks, || keys.by_ref().take(share).collect());
    let start = Instant::now();
    let mut set = JoinSet::new();
    for share in shares {
        let store = store.clone();
        set.spawn(async move {
            for keys in share {
                let token = Token::random().unwrap();
                store.claim(&keys, token, LEASE).await.unwrap();
                assert!(store.commit(&keys, token).await.unwrap());
            }
        });
    }
    while let Some(done) = set.join_next().await {
        done.unwrap();
    }
    start.elapsed()
}

fn in_memory() {
    let Some(output) = memory::counted(&["store", &MILLION.to_string()]) else { return };
    let mut table = table::table(&[
        "a million deliveries in memory",
        "bytes each",
        "MiB",
        "MiB at most, growing",
    ]);
    for line in output.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap().to_owned();
        let [held, most] = [(); 2].map(|()| words.next().unwrap().parse::<f64>().unwrap());
        let mib = |bytes: f64| format!("{:.0}", bytes / 1024.0 / 1024.0);
        table.add_row([name, format!("{:.0}", held / MILLION as f64), mib(held), mib(most)]);
    }
    println!("\n## claims: memory\n\n{table}");
}

async fn in_redis(redis: &Redis) {
    const TASKS: usize = 64;
    const BATCH: u64 = 50_000;
    let mut table = table::table(&["a million deliveries in Redis", "bytes each", "MiB"]);
    for kind in Kind::ALL {
        redis.flush();
        let store: Arc<dyn ClaimStore> = Arc::new(redis.store().await);
        let before = redis.used_memory();
        for batch in 0..MILLION / BATCH {
            let numbers = batch * BATCH..(batch + 1) * BATCH;
            claim_and_commit(&store, numbers.map(|n| kind.keys(n)).collect(), TASKS).await;
        }
        let bytes = redis.used_memory() - before;
        table.add_row([
            kind.name().to_owned(),
            format!("{:.0}", bytes / MILLION as f64),
            format!("{:.0}", bytes / 1024.0 / 1024.0),
        ]);
    }
    println!("\n{table}");
}

/// A server of its own, which ends with it.
struct Redis {
    child: Child,
    url: String,
    _dir: TempDir,
}

impl Redis {
    /// `None` where it is not installed.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        // Free a moment ago; nobody else on this machine takes ports in order.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--maxmemory-policy", "noeviction", "--dir"])
            .arg(dir.path())
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self { child, url: format!("redis://127.0.0.1:{port}"), _dir: dir };
        let start = Instant::now();
        while server.connect().is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    async fn store(&self) -> RedisStore {
        let store = RedisStore::connect(&self.url).unwrap();
        // The connection is made when it is first needed.
        let (keys, token) = (Kind::Fingerprint.keys(u64::MAX), Token::random().unwrap());
        store.claim(&keys, token, LEASE).await.unwrap();
        store.release(&keys, token).await.unwrap();
        store
    }

    fn connect(&self) -> redis::RedisResult<redis::Connection> {
        redis::Client::open(self.url.as_str())?.get_connection()
    }

    fn flush(&self) {
        redis::cmd("FLUSHALL").exec(&mut self.connect().unwrap()).unwrap();
    }

    fn used_memory(&self) -> f64 {
        let mut connection = self.connect().unwrap();
        let info: String = redis::cmd("INFO").arg("memory").query(&mut connection).unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        line.trim().parse().unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
