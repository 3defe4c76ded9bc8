//! Requests that are not authentic.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;
use webhook_inbox::RequestHead;
use webhook_inbox::store::{Row, State};

use crate::setup::{SESSION, Setup, eventually, run, worker};

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

/// A stranger's request that was only stored cannot become work.
#[tokio::test]
async fn what_was_not_verified_is_given_up() {
    let setup = Setup::new().await;
    let endpoint = setup.inbox.endpoint("voisnap", setup.secret.clone());
    let head = RequestHead::default();
    let number = endpoint.store_only(head, SESSION.into(), "handshake").await.unwrap();
    let kept = setup.rows().await.remove(0);
    assert_eq!((kept.state, &*kept.event), (State::Kept, "handshake"));
    setup.inbox.store().replay(number, std::time::SystemTime::now().into()).await.unwrap();
    let (task, stop) =
        run(worker(&setup.inbox)
            .on_any("voisnap", |_, _| async { panic!("nobody may work on it") }));
    let row = setup.wait_for(State::GivenUp).await;
    assert_eq!((row.attempts, row.error.as_deref()), (1, Some("the request was not verified")));
    drop(stop);
    task.await.unwrap();
}
