//! What the store asks is answered by indexes, however many deliveries there are.

use std::env;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use webhook_core::UnixTime;
use webhook_inbox::store::{Accepted, Filter, Outcome, Settled, State, Store, Turn};
use webhook_inbox::{Postgres, testing};

use crate::server::Server;

/// How many deliveries there are, unless a variable says so.
const ROWS: &str = "100000";

fn at(secs: u64) -> UnixTime {
    UnixTime::from_secs(1_700_000_000 + secs)
}

/// Every statement is planned as it runs, and its plan goes to the server's log.
#[tokio::test(flavor = "multi_thread")]
async fn every_statement_uses_an_index() {
    let Some(server) = Server::start() else { return };
    let url = server.empty().await;
    let rows = env::var("INBOX_ROWS").unwrap_or_else(|_| ROWS.to_owned());
    let store = Postgres::connect(&url).unwrap();
    store.open().await.unwrap();
    fill(&store, &rows).await;
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
        "insert into inbox_deliveries",
        "from inbox_keys known",
        "and run_at <= $3",
        "lease_until < $2",
        "set lease_until = $1",
        "from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as done",
        "returning ordering, received_at",
        "delete from inbox_deliveries where number = any",
        "position(",
        "order by received_at desc, number desc",
        "FROM ONLY \"public\".\"inbox_keys\"",
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

/// Asks everything once.
async fn ask(store: &Postgres, round: u64) {
    let now = at(200_000 + 100 * round);
    let mut new: Vec<_> =
        (0..4).map(|nth| testing::delivery(&format!("{round} {nth}"), now)).collect();
    new[0].order = Some("order 1".to_owned());
    new.push(new[1].clone());
    let accepted = store.accept(&new).await.unwrap();
    let Accepted::New(number) = accepted[3] else { panic!("{accepted:?}") };
    let lease = Duration::from_secs(10);
    let endpoints = &["voisnap".to_owned()];
    let turn = |settled, want| Turn { worker: "a", now, lease, settled, want, endpoints };
    let claimed = store.turn(turn(Vec::new(), 4)).await.unwrap();
    let settled = |nth: usize, outcome| Settled {
        number: claimed[nth].number,
        attempt: claimed[nth].attempt,
        started: now,
        ended: now,
        outcome,
    };
    let failed = Outcome::Retry { error: "no".to_owned(), at: at(10_000_000) };
    let given_up = Outcome::GivenUp { error: "no".to_owned() };
    let outcomes = vec![settled(0, Outcome::Done), settled(1, failed), settled(2, given_up)];
    store.turn(turn(outcomes, 0)).await.unwrap();
    store.renew("a", &[number], at(300_000 + round)).await.unwrap();
    store.recover(at(300_001 + round), 5).await.unwrap();
    store.backlog(now).await.unwrap();
    store.endpoints().await.unwrap();
    store.ready().await.unwrap();
    store.detail(number).await.unwrap().unwrap();
    store.replay(claimed[0].number, now).await.unwrap();
    store.delete(number).await.unwrap();
    store.forget(at(round), 20).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let filters: [fn(&mut Filter); 8] = [
        |_| {},
        |filter| filter.state = Some(State::Running),
        |filter| filter.state = Some(State::Done),
        |filter| filter.from = Some(at(50)),
        |filter| filter.until = Some(at(50)),
        |filter| filter.before = Some(500),
        |filter| filter.delivery_id = Some("dlv_77".to_owned()),
        |filter| filter.text = Some("nowhere".to_owned()),
    ];
    for set in filters {
        for (provider, event) in [(None, None), (text("voisnap"), None), (None, text("event 1"))] {
            let mut filter = Filter::default();
            (filter.provider, filter.event) = (provider, event);
            set(&mut filter);
            store.list(&filter).await.unwrap();
        }
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
