use axum::http::StatusCode;
use serde_json::json;
use webhook_core::UnixTime;
use webhook_inbox::store::{Filter, Outcome};

use crate::given::{Given, START, send};

#[tokio::test]
async fn the_list_is_json() {
    let mut given = Given::new().await;
    given.add_many(Filter::PAGE).await;
    given.add("voisnap", "SessionEnded", "", b"{}").await;
    given.claim().await;
    let at = UnixTime::from_millis(START * 1000 + 600_500);
    given.settle(51, Outcome::Retry { error: "no".to_owned(), at }).await;
    let (status, list) = given.json("GET", "/").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(list["deliveries"].as_array().unwrap().len(), Filter::PAGE);
    assert_eq!((&list["next"], &list["is_partial"]), (&json!(2), &json!(false)));
    assert_eq!(
        list["deliveries"][0],
        json!({
            "number": 51, "provider": "voisnap", "endpoint": "voisnap", "event": "SessionEnded",
            "delivery_id": null, "received_at": "2025-11-25T19:20:00Z", "state": "failed", "attempts": 1,
            "next_attempt_at": "2025-11-25T18:40:00.5Z", "ended_at": null, "error": "no", "order": null,
        })
    );
    let (_, list) = given.json("GET", "/?before=2").await;
    assert_eq!((&list["deliveries"][0]["number"], &list["next"]), (&json!(1), &json!(null)));
}

#[tokio::test]
async fn a_delivery_is_json_with_its_record() {
    let mut given = Given::new().await;
    given.add("svara", "voice_note.sent", "dlv_1", b"\xff").await;
    given.claim().await;
    given.give_up(1, "no").await;
    let (_, detail) = given.json("GET", "/deliveries/1?state=given-up").await;
    assert_eq!(detail["delivery"]["state"], "given-up");
    assert_eq!(detail["delivery"]["ended_at"], "2025-11-25T18:30:01Z");
    assert_eq!(
        (&detail["event"]["type"], &detail["event"]["data_base64"]),
        (&json!("svara.voice_note.sent"), &json!("/w=="))
    );
    let failure = json!({
        "number": 1, "started_at": "2025-11-25T18:30:00Z", "ended_at": "2025-11-25T18:30:01Z", "error": "no",
    });
    assert_eq!(detail["failures"], json!([failure]));
}

#[tokio::test]
async fn the_counts_are_json() {
    let mut given = Given::new().await;
    given.add_many(2).await;
    let (_, counts) = given.json("GET", "/counts").await;
    assert_eq!(
        counts,
        json!({
            "counts": {
                "waiting": 2, "held": 0, "running": 0, "failed": 0, "done": 0, "given-up": 0, "kept": 0, "rejected": 0,
            },
            "up_to": 10_000,
            "oldest_waiting_at": "2025-11-25T18:30:00Z",
        })
    );
}

#[tokio::test]
async fn changes_are_answered_with_json() {
    let mut given = Given::new().await;
    given.add_many(2).await;
    given.claim().await;
    given.settle(1, Outcome::Done).await;
    for (path, expected) in [
        ("/deliveries/1/replay", json!({ "replayed": 1, "left": 0, "next": null })),
        ("/replay", json!({ "replayed": 0, "left": 2, "next": null })),
        ("/delete", json!({ "deleted": 1, "left": 1, "next": null })),
    ] {
        assert_eq!(given.json("POST", path).await, (StatusCode::OK, expected), "{path}");
    }
    given.settle(2, Outcome::Done).await;
    let deleted = json!({ "deleted": 1, "left": 0, "next": null });
    assert_eq!(given.json("POST", "/deliveries/2/delete").await, (StatusCode::OK, deleted));
}

#[tokio::test]
async fn errors_are_json() {
    let given = Given::new().await;
    let (status, error) = given.json("GET", "/deliveries/1").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let text = "There is no delivery with this number. It may have been deleted, or removed because of its age.";
    assert_eq!(error, json!({ "error": text }));
    for (method, path, expected) in [
        ("GET", "/?before=x", StatusCode::BAD_REQUEST),
        ("GET", "/nothing", StatusCode::NOT_FOUND),
        ("DELETE", "/", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let (status, error) = given.json(method, path).await;
        assert_eq!(status, expected, "{path}");
        assert!(error["error"].is_string());
    }
    let stranger = [("accept", "application/json"), ("host", "evil.example")];
    let refused = send(given.app(), "GET", "/", &stranger).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().starts_with("{\"error\":"));
}
