//! What is done about deliveries, and what becomes of it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use tokio::sync::mpsc;
use tower::ServiceExt as _;
use webhook_core::providers::svara;
use webhook_inbox::store::State;
use webhook_inbox::{Work, WorkError};

use crate::setup::{SESSION, Setup, eventually, run, worker};

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
