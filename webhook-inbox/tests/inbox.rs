//! A receiver and its workers, on SQLite.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![cfg(all(feature = "axum", feature = "sqlite"))]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode};
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use webhook_core::providers::{svara, voisnap};
use webhook_inbox::store::{Filter, Row, State};
use webhook_inbox::{Inbox, RequestHead, Sqlite, Work, WorkError, Worker};

/// Voisnap does not sign the id: equal bodies are one delivery.
const OTHER: &[u8] = br#"{"type":"SessionEnded","agentId":"agt_1","n":2}"#;
const SESSION: &[u8] = br#"{"type":"SessionEnded","agentId":"agt_1","n":1.10}"#;

struct Setup {
    inbox: Inbox,
    sqlite: Sqlite,
    secret: voisnap::Secret,
    _dir: TempDir,
}

impl Setup {
    async fn new() -> Self {
        Self::with(|options| options).await
    }

    async fn with(options: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = SqliteConnectOptions::new().filename(dir.path().join("inbox.db"));
        let sqlite = Sqlite::with_options(options(file.create_if_missing(true)));
        let inbox = Inbox::open(sqlite.clone()).await.unwrap();
        let secret = voisnap::Secret::new("whsec_test").unwrap();
        Self { inbox, sqlite, secret, _dir: dir }
    }

    fn app(&self) -> Router {
        Router::new().route("/hook", self.inbox.receive("voisnap", self.secret.clone()))
    }

    fn request(&self, id: &str, body: &[u8]) -> Request<Body> {
        let now = std::time::SystemTime::now().into();
        let headers = self.secret.sign(body, now, Some(id)).unwrap();
        let mut request = Request::post("/hook").header("user-agent", "test");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.body(Body::from(body.to_vec())).unwrap()
    }

    async fn send(&self, id: &str, body: &[u8]) -> (StatusCode, Bytes) {
        let response = self.app().oneshot(self.request(id, body)).await.unwrap();
        (response.status(), to_bytes(response.into_body(), 1000).await.unwrap())
    }

    async fn rows(&self) -> Vec<Row> {
        self.inbox.store().list(&Filter::default()).await.unwrap().rows
    }

    async fn wait_for(&self, state: State) -> Row {
        eventually(async || self.rows().await.into_iter().find(|row| row.state == state)).await
    }
}

/// Looks until there is something. After a minute, which is far longer than anything takes, the test fails.
async fn eventually<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), looking).await.expect("not within a minute")
}

/// A worker that waits next to nothing between attempts.
fn worker(inbox: &Inbox) -> Worker {
    let moment = Duration::from_millis(1);
    inbox.worker().attempts(3).backoff(moment, moment).poll_interval(Duration::from_millis(10))
}

fn run(worker: Worker) -> (JoinHandle<()>, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    (tokio::spawn(worker.run_until(async { _ = stopped.await })), stop)
}

#[tokio::test]
async fn what_is_authentic_is_stored_and_worked_on_once() {
    let setup = Setup::new().await;
    let (events, mut handled) = mpsc::unbounded_channel();
    let (task, stop) =
        run(worker(&setup.inbox).on("voisnap", move |event: voisnap::Event, work: Work| {
            let events = events.clone();
            async move {
                events.send((event.name.clone(), work.event().body().clone()))?;
                work.done()
            }
        }));
    assert_eq!(setup.send("dlv_1", SESSION).await, (StatusCode::OK, r#"{"received":true}"#.into()));
    let (name, body) = handled.recv().await.unwrap();
    assert_eq!((&*name, &body[..]), ("SessionEnded", SESSION));
    let duplicate = (StatusCode::OK, r#"{"duplicate":true}"#.into());
    assert_eq!(setup.send("dlv_1", SESSION).await, duplicate);
    let row = setup.wait_for(State::Done).await;
    assert_eq!((&*row.event, row.delivery_id.as_deref()), ("SessionEnded", Some("dlv_1")));

    let mut forged = setup.request("dlv_2", SESSION);
    *forged.body_mut() = Body::from("{}");
    let refused = setup.app().oneshot(forged).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(setup.rows().await.len(), 1);
    drop(stop);
    task.await.unwrap();
    assert!(handled.recv().await.is_none());
}

#[tokio::test]
async fn whatever_is_in_the_body_it_is_stored_and_given_up_if_it_cannot_be_read() {
    let setup = Setup::new().await;
    let bodies: [&[u8]; 6] =
        [b"[1,2]", b"\xef\xbb\xbf{}", br#"{"a":"\ud800"}"#, b"\xff\xfe", b"", b"{}"];
    for (index, body) in bodies.into_iter().enumerate() {
        assert_eq!(setup.send(&format!("dlv_{index}"), body).await.0, StatusCode::OK);
    }
    let (task, stop) =
        run(worker(&setup.inbox)
            .on("voisnap", |_: voisnap::Event, work: Work| async { work.done() }));
    eventually(async || {
        let given_up = setup.rows().await.iter().filter(|row| row.state == State::GivenUp).count();
        (given_up == bodies.len()).then_some(())
    })
    .await;
    let rows = setup.rows().await;
    assert!(rows.iter().all(|row| row.attempts == 1), "another attempt would not mend it");
    for (row, body) in rows.iter().rev().zip(bodies) {
        let detail = setup.inbox.store().detail(row.number).await.unwrap().unwrap();
        assert_eq!(detail.event.body(), body);
    }
    drop(stop);
    task.await.unwrap();
}

#[tokio::test]
async fn failures_panics_and_attempts_that_take_too_long_are_tried_again_and_given_up() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let counted = attempts.clone();
    let (task, stop) = run(worker(&setup.inbox).attempt_timeout(Duration::from_millis(50)).on_any(
        "voisnap",
        move |_, _| {
            let attempt = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                match attempt {
                    0 => Err("no".into()),
                    1 => panic!("a bug"),
                    _ => std::future::pending().await,
                }
            }
        },
    ));
    let row = setup.wait_for(State::GivenUp).await;
    assert_eq!((row.attempts, attempts.load(Ordering::Relaxed)), (3, 3));
    let detail = setup.inbox.store().detail(row.number).await.unwrap().unwrap();
    let errors: Vec<_> = detail.failures.iter().map(|failure| &*failure.error).collect();
    assert_eq!(errors, ["no", "the work panicked", "the work took longer than 50ms"]);
    drop(stop);
    task.await.unwrap();
}

#[tokio::test]
async fn an_error_can_say_when_or_that_it_is_final() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let (task, stop) = run(worker(&setup.inbox).on_any("voisnap", |_, work| async move {
        if work.attempt() == 1 {
            let error = WorkError::from("busy").retry_after(Duration::from_millis(5));
            return Err(error);
        }
        Err(WorkError::final_failure("never"))
    }));
    let row = setup.wait_for(State::GivenUp).await;
    assert_eq!((row.attempts, row.error.as_deref()), (2, Some("never")));
    drop(stop);
    task.await.unwrap();
}

#[tokio::test]
async fn an_effect_and_its_note_are_one_transaction() {
    let setup = Setup::new().await;
    let pool = setup.sqlite.pool().clone();
    sqlx::query("create table effects (number integer)").execute(&pool).await.unwrap();
    setup.send("dlv_1", SESSION).await;
    let effects = pool.clone();
    let (task, stop) = run(worker(&setup.inbox).on_any("voisnap", move |_, work| {
        let pool = effects.clone();
        async move {
            let mut transaction = pool.begin().await?;
            sqlx::query("insert into effects values ($1)")
                .bind(work.number())
                .execute(&mut *transaction)
                .await?;
            let attempt = work.attempt();
            let done = work.done_in(&mut *transaction).await?;
            if attempt == 1 {
                return Err("the transaction is not committed".into());
            }
            transaction.commit().await?;
            Ok(done)
        }
    }));
    let row = setup.wait_for(State::Done).await;
    assert_eq!(row.attempts, 2);
    let effects: i64 =
        sqlx::query_scalar("select count(*) from effects").fetch_one(&pool).await.unwrap();
    assert_eq!(effects, 1);
    drop(stop);
    task.await.unwrap();
}

#[tokio::test]
async fn work_whose_transaction_was_not_committed_is_not_done() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let pool = setup.sqlite.pool().clone();
    let (task, stop) = run(worker(&setup.inbox).on_any("voisnap", move |_, work| {
        let pool = pool.clone();
        async move {
            let mut transaction = pool.begin().await?;
            // And not committed.
            work.done_in(&mut *transaction).await
        }
    }));
    let row = setup.wait_for(State::GivenUp).await;
    let error = "the transaction that `done_in` was called in was not committed";
    assert_eq!((row.attempts, row.error.as_deref()), (3, Some(error)));
    drop(stop);
    task.await.unwrap();
}

#[tokio::test]
async fn json_is_read_as_a_type_of_ones_own() {
    #[derive(serde::Deserialize)]
    struct Session {
        n: f64,
    }

    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    setup.send("dlv_2", br#"{"type":"SessionEnded","n":"4111"}"#).await;
    let (numbers, mut read) = mpsc::unbounded_channel();
    let (task, stop) =
        run(worker(&setup.inbox).on_json("voisnap", move |session: Session, work| {
            numbers.send(session.n).unwrap();
            async { work.done() }
        }));
    assert_eq!(read.recv().await, Some(1.10));
    let unread = setup.wait_for(State::GivenUp).await;
    let error = unread.error.unwrap();
    assert!(error.contains("expected f64 in `n`") && !error.contains("4111"), "{error}");
    drop(stop);
    task.await.unwrap();
}

#[tokio::test]
async fn events_of_another_provider_are_named() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let (task, stop) = run(
        worker(&setup.inbox).on("voisnap", |_: svara::Event, work: Work| async { work.done() })
    );
    let row = setup.wait_for(State::GivenUp).await;
    let error = "the delivery is of voisnap, and the worker reads events of svara";
    assert_eq!(row.error.as_deref(), Some(error));
    drop(stop);
    task.await.unwrap();
}

#[test]
fn a_file_that_cannot_be_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_owned(), dir.path().join("missing/inbox.db")] {
        let error = Sqlite::file(&path).unwrap_err();
        assert!(format!("{error:?}").contains(path.to_str().unwrap()), "{error:?}");
    }
    for uri in [":memory:", "file:inbox.db", "file::memory:?cache=shared"] {
        assert!(Sqlite::file(uri).is_err(), "{uri}");
    }
}

#[tokio::test]
async fn a_worker_that_stops_finishes_what_is_under_way_within_its_grace() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    setup.send("dlv_2", OTHER).await;
    let (begun, mut begins) = mpsc::unbounded_channel();
    let work = worker(&setup.inbox).concurrency(2).grace(Duration::from_millis(300));
    let (task, stop) = run(work.on_any("voisnap", move |_, work| {
        begun.send(()).unwrap();
        async move {
            // One is done within the grace, the other never.
            if work.number() == 1 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                return work.done();
            }
            std::future::pending().await
        }
    }));
    begins.recv().await.unwrap();
    begins.recv().await.unwrap();
    drop(stop);
    task.await.unwrap();
    let rows = setup.rows().await;
    assert_eq!((rows[1].state, rows[0].state), (State::Done, State::Failed));
    assert_eq!(rows[0].error.as_deref(), Some("the worker was stopped"));
}

#[tokio::test]
async fn filtered_deliveries_are_kept_and_ordered_ones_follow_each_other() {
    let setup = Setup::new().await;
    let endpoint = setup
        .inbox
        .endpoint("voisnap", setup.secret.clone())
        .filter(|delivery| delivery.body().len() > 2)
        .order_by(|event: &voisnap::Event| event.agent_id.clone());
    let app = Router::new().route("/hook", endpoint.into_axum());
    for (id, body) in [("1", SESSION), ("2", OTHER), ("3", b"{}")] {
        let response = app.clone().oneshot(setup.request(id, body)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
    let states: Vec<_> = setup.rows().await.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Kept, State::Held, State::Waiting]);
}

#[tokio::test]
async fn deliveries_that_this_worker_knows_no_work_for_are_left_to_others() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let svara = svara::Secret::new("secret").unwrap();
    let other = Router::new().route("/hook", setup.inbox.receive("svara", svara.clone()));
    let body = br#"{"event":"voice_note.sent"}"#;
    let mut request = Request::post("/hook");
    for (name, value) in svara.sign(body, std::time::SystemTime::now().into(), None).unwrap() {
        request = request.header(name, value);
    }
    let response = other.oneshot(request.body(Body::from(&body[..])).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let (task, stop) =
        run(worker(&setup.inbox).on_any("svara", |_, work: Work| async { work.done() }));
    assert_eq!(setup.wait_for(State::Done).await.endpoint, "svara");
    let left = setup.wait_for(State::Waiting).await;
    assert_eq!((&*left.endpoint, left.attempts), ("voisnap", 0));
    assert_eq!(left.next_attempt, Some(left.received), "nothing has kept it from others");
    drop(stop);
    task.await.unwrap();
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logged {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_worker_says_once_that_it_has_no_work_for_an_endpoint() {
    let logged = Logged::default();
    let writer = logged.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let count = || {
        let text = String::from_utf8(logged.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| {
            line.contains("this worker has no work for this endpoint")
                && line.contains(r#"["Voisnap"]"#)
        });
        lines.count()
    };
    let (task, stop) =
        run(worker(&setup.inbox).on_any("Voisnap", |_, work: Work| async { work.done() }));
    eventually(async || (count() > 0).then_some(())).await;
    drop(stop);
    task.await.unwrap();
    assert_eq!(count(), 1);
}

#[tokio::test]
async fn a_full_database_answers_503_and_keeps_what_it_has_acknowledged() {
    let setup = Setup::with(|options| options.pragma("max_page_count", "100")).await;
    let body = |number: usize| format!(r#"{{"type":"SessionEnded","number":"{number:05000}"}}"#);
    let mut stored = 0;
    let refused = loop {
        let (status, _) = setup.send(&stored.to_string(), body(stored).as_bytes()).await;
        if status != StatusCode::OK {
            break status;
        }
        stored += 1;
    };
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    assert!(stored > 10, "{stored}");
    let waiting = async || {
        let backlog = setup.inbox.store().backlog(std::time::SystemTime::now().into()).await;
        usize::try_from(backlog.unwrap().counts.waiting).unwrap()
    };
    assert_eq!(waiting().await, stored);
    // There is room again, though the database itself has rolled back what did not fit.
    for _ in 0..3 {
        assert_eq!(setup.send("more", body(stored).as_bytes()).await.0, refused);
    }
    sqlx::query("pragma max_page_count = 10000").execute(setup.sqlite.pool()).await.unwrap();
    assert_eq!(setup.send("again", body(stored).as_bytes()).await.0, StatusCode::OK);
    assert_eq!(waiting().await, stored + 1);
}

#[tokio::test]
async fn health_tells_whether_the_database_is_there() {
    let setup = Setup::new().await;
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = setup.inbox.health().oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), 1000).await.unwrap())
    };
    setup.send("dlv_1", SESSION).await;
    assert_eq!(get("/readyz").await.0, StatusCode::OK);
    let (status, backlog) = get("/backlog").await;
    assert_eq!(status, StatusCode::OK);
    assert!(backlog.starts_with(br#"{"waiting":1,"held":0,"failed":0,"#), "{backlog:?}");
    setup.sqlite.pool().close().await;
    assert_eq!(get("/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get("/livez").await.0, StatusCode::OK);
    assert_eq!(setup.send("dlv_2", SESSION).await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn rejected_requests_are_kept_with_their_reason_if_that_is_asked_for() {
    let mut setup = Setup::new().await;
    let forged = |setup: &Setup| {
        let mut request = setup.request("dlv_1", SESSION);
        *request.body_mut() = Body::from("forged \0");
        request
    };
    let send = async |setup: &Setup, request: Request<Body>| {
        let answer = setup.app().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    };
    send(&setup, forged(&setup)).await;
    setup.inbox = setup.inbox.clone().keep_rejected(2);
    let unsigned = Request::post("/hook").header("user-agent", "who?").body(Body::from("{}"));
    send(&setup, unsigned.unwrap()).await;
    setup.wait_for(State::Rejected).await;
    for _ in 0..3 {
        send(&setup, forged(&setup)).await;
    }
    assert_eq!(setup.send("dlv_1", SESSION).await.0, StatusCode::OK);
    // The first of them, which had no signature, has made room.
    let rows = eventually(async || {
        let rows = setup.rows().await;
        let was_read =
            |row: &Row| row.error.as_ref().is_none_or(|error| !error.contains("not read"));
        (rows.len() == 3 && rows.iter().all(was_read)).then_some(rows)
    })
    .await;
    for row in rows.iter().filter(|row| row.state == State::Rejected) {
        assert_eq!(row.error.as_deref(), Some("invalid signature"));
        let detail = setup.inbox.store().detail(row.number).await.unwrap().unwrap();
        assert_eq!(detail.event.body(), "forged \0");
        assert_eq!(detail.event.headers().keys().collect::<Vec<_>>(), ["user-agent"]);
        assert!(!detail.event.is_verified());
    }
}

#[tokio::test]
async fn a_worker_that_cannot_note_what_it_did_stops_all_the_same() {
    let setup = Setup::new().await;
    setup.send("dlv_1", SESSION).await;
    let pool = setup.sqlite.pool().clone();
    let (ended, has_ended) = oneshot::channel();
    let ended = Mutex::new(Some(ended));
    let worker = worker(&setup.inbox).grace(Duration::from_millis(10));
    let (task, stop) = run(worker.on_any("voisnap", move |_, work: Work| {
        let (pool, ended) = (pool.clone(), ended.lock().unwrap().take());
        async move {
            // From here on there is no database.
            tokio::spawn(async move { pool.close().await });
            ended.unwrap().send(()).unwrap();
            work.done()
        }
    }));
    has_ended.await.unwrap();
    drop(stop);
    tokio::time::timeout(Duration::from_mins(1), task).await.unwrap().unwrap();
}

/// A stranger's request that was only stored cannot become work.
#[tokio::test]
async fn what_was_not_verified_is_given_up() {
    let setup = Setup::new().await;
    let endpoint = setup.inbox.endpoint("voisnap", setup.secret.clone());
    let note = Some("a handshake".to_owned());
    let head = RequestHead::default();
    let number = endpoint.store_only(head, SESSION.into(), "-", note).await.unwrap();
    let kept = setup.rows().await.remove(0);
    assert_eq!((kept.state, kept.error.as_deref()), (State::Kept, Some("a handshake")));
    setup.inbox.store().replay(number, std::time::SystemTime::now().into()).await.unwrap();
    let (task, stop) =
        run(worker(&setup.inbox)
            .on_any("voisnap", |_, _| async { panic!("nobody may work on it") }));
    let row = setup.wait_for(State::GivenUp).await;
    assert_eq!((row.attempts, row.error.as_deref()), (1, Some("the request was not verified")));
    drop(stop);
    task.await.unwrap();
}
