//! What the store asks is answered by indexes. SQLite plans without looking at how much there is.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use webhook_inbox::Sqlite;
use webhook_inbox::store::Store as _;

use crate::statements::ask;

/// The statements that sqlx says it has executed.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // Each SQLite has a thread of its own, which says so.
        let thread = std::thread::current();
        let is_of_sqlite = thread.name().is_some_and(|name| name.starts_with("sqlx-sqlite"));
        if is_of_sqlite && event.metadata().target() == "sqlx::query" {
            event.record(&mut self.clone());
        }
    }
}

impl Visit for Statements {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        // A short statement is only in the summary.
        if field.name() == "db.statement" || field.name() == "summary" {
            self.0.lock().unwrap().insert(value.trim().to_owned());
        }
    }
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(dir.path().join("inbox.db"));
    let store = Sqlite::with_options(options.clone().create_if_missing(true));
    store.open().await.unwrap();
    let statements = Statements::default();
    subscriber::set_global_default(tracing_subscriber::registry().with(statements.clone()))
        .unwrap();
    for round in 0..3 {
        ask(&store, round).await;
    }
    let statements = statements.0.lock().unwrap().clone();
    let is_of_the_inbox = |sql: &&String| sql.contains("inbox_") && !sql.contains('…');
    let mut checked = Vec::new();
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let each_statement = statements.iter().filter(is_of_the_inbox).flat_map(|sql| sql.split("; "));
    for sql in each_statement {
        let explain = AssertSqlSafe(format!("explain query plan {sql}"));
        let plan = sqlx::query(explain).fetch_all(&mut connection).await.unwrap();
        for step in plan {
            let step: String = step.get("detail");
            let tables = ["inbox_deliveries", "inbox_keys", "inbox_attempts", "d", "known", "ids"];
            let is_scanned = tables.iter().any(|table| step == format!("SCAN {table}"));
            // The newest of all are read in the order of the table, and no more of them than a page has.
            let is_page = sql.contains("where 1 = 1 order by number desc limit");
            assert!(!is_scanned || is_page, "{step}\n{sql}");
        }
        checked.push(sql);
    }
    for expected in [
        "insert into inbox_deliveries",
        "where not exists (select 1 from inbox_keys",
        "last_insert_rowid()",
        "delete from inbox_keys where delivery in",
        "from inbox_keys known",
        "and run_at <= $3",
        "lease_until < $2",
        "returning ordering, received_at",
        "instr(d.body",
        "order by received_at desc, number desc",
        "state = 7 and number <=",
    ] {
        assert!(checked.iter().any(|sql| sql.contains(expected)), "{expected} was not checked");
    }
}
