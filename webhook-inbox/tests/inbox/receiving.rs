//! What comes in: what is stored and how it is answered.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tokio::sync::mpsc;
use tower::ServiceExt as _;
use webhook_core::providers::voisnap;
use webhook_core::{Head, UnixTime, Verify as _};
use webhook_inbox::store::{Accepted, State};
use webhook_inbox::{RequestHead, Sqlite, Work};

use crate::setup::{OTHER, SESSION, Setup, eventually, run, worker};

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

/// Somebody has removed a delivery by hand, and not its keys.
#[tokio::test]
async fn keys_without_their_delivery_do_not_count() {
    let setup = Setup::new().await;
    for _ in 0..2 {
        assert_eq!(setup.send("dlv_1", SESSION).await.1, r#"{"received":true}"#);
        assert_eq!(setup.send("dlv_1", SESSION).await.1, r#"{"duplicate":true}"#);
        sqlx::query("delete from inbox_deliveries").execute(setup.sqlite.pool()).await.unwrap();
    }
}

#[tokio::test]
async fn copies_are_stored_if_that_is_asked_for() {
    let setup = Setup::new().await;
    let headers = setup.secret.sign(SESSION, now(), Some("dlv_1")).unwrap();
    let head = Head::new("POST", "/", &headers);
    let delivery = setup.secret.verify(&head, &SESSION.into(), now()).unwrap();
    let endpoint = setup.inbox.endpoint("voisnap", setup.secret.clone());
    endpoint.store(&delivery, RequestHead::default()).await.unwrap();
    endpoint.store_copy(&delivery, RequestHead::default()).await.unwrap();
    let states: Vec<_> = setup.rows().await.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Waiting; 2]);
    let again = endpoint.store(&delivery, RequestHead::default()).await.unwrap();
    assert_eq!(again, Accepted::Duplicate(1));
}

fn now() -> UnixTime {
    std::time::SystemTime::now().into()
}
