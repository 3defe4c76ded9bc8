//! What the store asks is answered by indexes, however many deliveries there are.

use std::env;

use sqlx::AssertSqlSafe;
use webhook_inbox::Postgres;
use webhook_inbox::store::Store as _;

use super::server::Server;
use crate::statements::ask;

/// How many deliveries there are, unless a variable says so.
const ROWS: &str = "100000";

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_uses_an_index() {
    let rows = env::var("INBOX_ROWS").unwrap_or_else(|_| ROWS.to_owned());
    check(Some(&rows)).await;
}

/// A new database is filled for a minute before anything is known of it, by statements that were planned before.
#[tokio::test(flavor = "multi_thread")]
async fn every_statement_uses_an_index_without_statistics() {
    check(None).await;
}

/// Every statement is planned as it runs, and its plan goes to the server's log.
async fn check(rows: Option<&str>) {
    let Some(server) = Server::start() else { return };
    let url = server.empty().await;
    let store = Postgres::connect(&url).unwrap();
    store.open().await.unwrap();
    if let Some(rows) = rows {
        fill(&store, rows).await;
    }
    let explain = [
        "session_preload_libraries=auto_explain",
        "auto_explain.log_min_duration=0",
        "auto_explain.log_nested_statements=on",
    ];
    let options =
        explain.map(|setting| format!("-c%20{}", setting.replace('=', "%3D"))).join("%20");
    let store = Postgres::connect(&format!("{url}?options={options}")).unwrap();
    // More than once: after five times a plan may be kept for whatever is asked.
    for round in 0..7 {
        ask(&store, round).await;
    }

    let log = server.log();
    for expected in [
        "with stored as (",
        "with new as materialized (",
        "from inbox_keys known",
        "and run_at <= $3",
        "lease_until < $2",
        "set lease_until = $1",
        "from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as done",
        "returning ordering, received_at",
        "delete from inbox_deliveries where number = any",
        "position(",
        "order by received_at desc, number desc",
        "delete from inbox_keys where delivery in",
        "for key share",
    ] {
        assert!(log.contains(expected), "{expected} is not in the log");
    }
    let plans = log.split("LOG:  duration");
    for plan in plans.filter(|plan| plan.contains("Query Text")) {
        let is_scanned = ["inbox_deliveries", "inbox_keys", "inbox_attempts"]
            .iter()
            .any(|table| plan.contains(&format!("Seq Scan on {table}")));
        assert!(!is_scanned, "{plan}");
    }
}

/// Most are done. Some wait, some failed, a few are running; 20 kinds, and 100 orders of what is not done.
async fn fill(store: &Postgres, rows: &str) {
    let fill = format!(
        "insert into inbox_kinds (provider, endpoint, event) \
         select 'provider ' || g % 4, 'endpoint ' || g % 4, 'event ' || g from generate_series(1, 20) g;
         insert into inbox_deliveries \
         (kind, endpoint, delivery_id, received_at, state, run_at, ordering, worker, lease_until, record, \
         body) \
         select 1 + g % 20, 'endpoint ' || g % 4, 'dlv_' || g, 1700000000000 + g, \
             case when g % 500 = 0 then 0 when g % 1000 = 1 then 6 when g % 5000 = 2 then 1 \
                  when g % 300 = 3 then 3 when g % 300 = 4 then 4 else 2 end, \
             case when g % 500 = 0 or g % 1000 = 1 then 1700000000000 + g end, 'order ' || g % 100, \
             case when g % 5000 = 2 then 'b' end, case when g % 5000 = 2 then 1700000000000 + g end, \
             repeat('r', 400), convert_to(repeat('b', 600), 'utf8') \
         from generate_series(1, {rows}) g;
         insert into inbox_keys (key, delivery, kind) \
         select sha256(convert_to(number || ' ' || nth, 'utf8')), number, nth \
         from inbox_deliveries, generate_series(0, 1) nth;
         insert into inbox_attempts (delivery, number, started_at, ended_at, error) \
         select number, 1, 0, 0, 'no' from inbox_deliveries where number % 10 = 0;
         analyze"
    );
    sqlx::raw_sql(AssertSqlSafe(fill)).execute(store.pool()).await.unwrap();
}
