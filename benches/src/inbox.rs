//! How fast the inbox accepts deliveries, and how fast a worker that does nothing works through them.

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use webhook_benches::budgets::Budgets;
use webhook_benches::rounds::median;
use webhook_benches::table;
use webhook_core::providers::svara;
use webhook_core::{Delivery, Head, Verify as _};
use webhook_inbox::{Endpoint, Inbox, Postgres, RequestHead, Sqlite};

const ROUNDS: usize = 3;
const TURN: Duration = Duration::from_secs(2);
const BACKLOG: u64 = 20_000;
const BODY: usize = 1024;

/// How many deliveries are there before anything is measured, unless `INBOX_ROWS` says so.
const ROWS: u64 = 10_000;

/// The cases: so many callers at a time, and so many deliveries in a commit.
const CASES: [(usize, usize); 4] = [(32, 1), (32, 128), (128, 1), (128, 128)];

pub(crate) fn run(budgets: &mut Budgets) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::open(Sqlite::file(dir.path().join("inbox.db")).unwrap()).await.unwrap();
        let bare = BareSqlite::new(&dir.path().join("bare.db")).await;
        let limits = [None, None, Some(0.8), Some(2.5)];
        measure("sqlite", &inbox, &limits, async || bare.rate().await, budgets).await;
        let Ok(url) = env::var("DATABASE_URL") else {
            println!("skipped: PostgreSQL, since DATABASE_URL is not set");
            return;
        };
        let inbox = Inbox::open(Postgres::connect(&url).unwrap()).await.unwrap();
        assert!(pgbench(&url, &["-i", "-q"]).is_some(), "pgbench cannot be run");
        let limits = [None, None, Some(0.35), Some(0.8)];
        let bare = async || pgbench(&url, &["-n", "-c", "32", "-j", "2", "-T", "2"]).unwrap();
        measure("postgres", &inbox, &limits, bare, budgets).await;
    });
}

/// Accepts in turns with the bare insert, and then works through a backlog.
async fn measure(
    name: &str,
    inbox: &Inbox,
    limits: &[Option<f64>; 4],
    bare: impl AsyncFn() -> f64,
    budgets: &mut Budgets,
) {
    let rows = env::var("INBOX_ROWS").map_or(ROWS, |rows| rows.parse().unwrap());
    let kept = inbox.endpoint("svara", secret()).filter(|_| false);
    accept(kept, 128, Duration::MAX, rows).await;
    println!("\n{name}: {rows} deliveries are there already");
    let mut table = table::table(&[name, "accepted, a second", "one bare row a commit", "ratio"]);
    for ((callers, group), limit) in CASES.into_iter().zip(limits) {
        let inbox = inbox.clone().group_commit(group);
        let (mut rates, mut bares) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bares.push(bare().await);
            let endpoint = inbox.endpoint("svara", secret());
            let accepted = accept(endpoint, callers, TURN, u64::MAX).await;
            rates.push(accepted as f64 / TURN.as_secs_f64());
        }
        let ratios = rates.iter().zip(&bares).map(|(rate, bare)| rate / bare).collect();
        let (rate, bare, ratio) = (median(rates), median(bares), median(ratios));
        let case = format!("{callers} callers, {group} a commit");
        table.add_row([case, format!("{rate:.0}"), format!("{bare:.0}"), format!("{ratio:.2}")]);
        if let Some(limit) = limit {
            budgets.at_least(
                &format!("inbox/{name}/{callers}-callers-{group}-a-commit"),
                ratio,
                *limit,
            );
        }
    }
    println!("\n## accepting, {BODY} B\n\n{table}");
    let rate = drain(inbox).await;
    println!(
        "\n{name}: a worker with its default settings works through {BACKLOG} in a backlog: {rate:.0}/s"
    );
    budgets.at_least(&format!("inbox/{name}/drained-a-second"), rate, 2000.0);
}

/// Stores deliveries from so many callers for this time, or until there are enough. Returns how many it stored.
async fn accept(endpoint: Endpoint, callers: usize, time: Duration, enough: u64) -> u64 {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let (endpoint, secret) = (Arc::new(endpoint), secret());
    let (start, stored) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (endpoint, secret, stored) = (endpoint.clone(), secret.clone(), stored.clone());
        tasks.spawn(async move {
            while start.elapsed() < time && stored.load(Ordering::Relaxed) < enough {
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let body = format!(r#"{{"event":"voice_note.sent","number":"{number:0BODY$}"}}"#);
                endpoint
                    .store(&verified(&secret, &body.into()), RequestHead::default())
                    .await
                    .unwrap();
                stored.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tasks.join_all().await;
    stored.load(Ordering::Relaxed)
}

fn secret() -> svara::Secret {
    svara::Secret::new("secret").unwrap()
}

fn verified(secret: &svara::Secret, body: &Bytes) -> Delivery {
    let now = SystemTime::now().into();
    let headers = secret.sign(body, now, None).unwrap();
    secret.verify(&Head::new("POST", "/", &headers), body, now).unwrap()
}

/// Works through what is left of earlier measurements, then measures a backlog of its own.
async fn drain(inbox: &Inbox) -> f64 {
    let mut rate = 0.0;
    for _ in 0..2 {
        let counts = inbox.store().backlog(SystemTime::now().into()).await.unwrap().counts;
        if counts.waiting == 0 {
            let endpoint = inbox.clone().group_commit(128).endpoint("svara", secret());
            accept(endpoint, 128, Duration::MAX, BACKLOG).await;
        }
        let (done, idle) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        let counted = done.clone();
        let worker = inbox.worker().on_any("svara", move |_, work| {
            counted.fetch_add(1, Ordering::Relaxed);
            async { work.done() }
        });
        let start = Instant::now();
        let stop = idle.clone();
        let task = tokio::spawn(worker.run_until(async move { stop.notified().await }));
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let counts = inbox.store().backlog(SystemTime::now().into()).await.unwrap().counts;
            if counts.waiting + counts.running == 0 {
                break;
            }
        }
        rate = done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
        idle.notify_one();
        task.await.unwrap();
    }
    rate
}

/// A table of bodies, one committed after the other.
struct BareSqlite(sqlx::SqlitePool);

impl BareSqlite {
    async fn new(file: &std::path::Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let create = sqlx::query("create table bare (id integer primary key, body blob)");
        create.execute(&pool).await.unwrap();
        Self(pool)
    }

    async fn rate(&self) -> f64 {
        let mut connection = self.0.acquire().await.unwrap();
        let (start, mut rows) = (Instant::now(), 0_u32);
        while start.elapsed() < TURN {
            let insert = sqlx::query("insert into bare (body) values ($1)").bind(vec![b'x'; BODY]);
            insert.execute(&mut *connection).await.unwrap();
            rows += 1;
        }
        f64::from(rows) / start.elapsed().as_secs_f64()
    }
}

/// Transactions a second: one inserted row each, unless pgbench is to prepare its tables.
fn pgbench(url: &str, options: &[&str]) -> Option<f64> {
    let script = tempfile::NamedTempFile::new().unwrap();
    let insert =
        "insert into pgbench_history (tid, bid, aid, delta, mtime) values (1, 1, 1, 1, now());";
    std::fs::write(script.path(), insert).unwrap();
    let mut command = Command::new("pgbench");
    if !options.contains(&"-i") {
        command.arg("-f").arg(script.path());
    }
    let output = command.args(options).arg(url).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rate =
        text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.or_else(|| output.status.success().then_some(0.0))
}
