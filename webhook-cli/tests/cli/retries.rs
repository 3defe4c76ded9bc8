//! `send --retry` follows the documented schedule.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::program::{Ran, run};
use crate::server::Server;

/// A provider, one of its events, its documented waits and deadline.
struct Row {
    provider: &'static str,
    event: &'static str,
    documented: bool,
    delays: [f64; 5],
    deadline: f64,
}

const ASSUMED: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];

/// What the four documents say. Only Svara's has a schedule; Voisnap's says that it sends again, and how long it waits,
/// Samva's and VoxPria's that they send again.
const ROWS: [Row; 4] = [
    Row {
        provider: "svara",
        event: "voice_note.sent",
        documented: true,
        delays: [1.0, 5.0, 30.0, 120.0, 600.0],
        deadline: 10.0,
    },
    Row {
        provider: "samva",
        event: "message.failed",
        documented: false,
        delays: ASSUMED,
        deadline: 30.0,
    },
    Row {
        provider: "voisnap",
        event: "SessionEnded",
        documented: false,
        delays: ASSUMED,
        deadline: 5.0,
    },
    Row {
        provider: "voxpria",
        event: "call.completed",
        documented: false,
        delays: ASSUMED,
        deadline: 30.0,
    },
];

fn failing(times: usize) -> Server {
    Server::start(move |number, _| match number {
        number if number < times => (StatusCode::SERVICE_UNAVAILABLE, "later".to_owned()),
        _ => (StatusCode::OK, "received".to_owned()),
    })
}

fn send(row: &Row, server: &Server) -> Ran {
    let (provider, event, url) = (row.provider, row.event, server.url("/hooks"));
    run(&format!(
        "send {provider} --secret-env SECRET --to {url} --event {event} --retry --time-scale 0.001 --json"
    ))
}

#[test]
fn the_schedule_is_followed_until_it_is_accepted() {
    for row in &ROWS {
        for failures in 0..=5 {
            let server = failing(failures);
            let ran = send(row, &server).expect(0);
            let lines = ran.json();
            let [attempts @ .., summary] = &lines[..] else { panic!("{}", ran.stdout) };
            assert_eq!(attempts.len(), failures + 1, "{}", row.provider);
            assert_eq!(server.received().len(), failures + 1, "{}", row.provider);
            for (index, attempt) in attempts.iter().enumerate() {
                let (status, delay) = match index {
                    index if index < failures => (503, json!(row.delays[index])),
                    _ => (200, Value::Null),
                };
                assert_eq!(attempt["attempt"], index + 1);
                assert_eq!(attempt["status"], status);
                assert_eq!(attempt["retry_in_seconds"], delay, "{}", row.provider);
            }
            assert_eq!(summary["schedule"]["delays_documented"], row.documented);
            assert_eq!(summary["schedule"]["delays_seconds"], json!(row.delays));
            assert_eq!(summary["schedule"]["deadline_seconds"], row.deadline);
            let is_known = ["svara", "voisnap"].contains(&row.provider);
            assert_eq!(summary["schedule"]["deadline_documented"], is_known);
            assert_eq!(ran.stderr.contains("the waits are assumed"), !row.documented);
        }
    }
}

#[test]
fn it_gives_up_when_the_schedule_ends() {
    for row in &ROWS {
        let server = failing(usize::MAX);
        let ran = send(row, &server).expect(1);
        assert_eq!(server.received().len(), 6, "{}", row.provider);
        let summary = ran.json().pop().unwrap();
        assert_eq!(summary["rejected"], 1);
        assert_eq!(summary["statuses"], json!({"503": 6}));
    }
}

#[test]
fn each_attempt_is_the_same_delivery_signed_anew() {
    let server = failing(2);
    send(&ROWS[2], &server).expect(0);
    let received = server.received();
    let id = received[0].header("x-webhook-delivery-id");
    for request in &received {
        assert_eq!(request.header("x-webhook-delivery-id"), id);
        assert_eq!(request.body, received[0].body);
        verified("voisnap", &request.raw());
    }
}

#[track_caller]
fn verified(provider: &str, raw: &[u8]) {
    crate::program::run_with(&format!("verify {provider} --secret-env SECRET --request -"), raw)
        .expect(0);
}

#[test]
fn a_provider_that_never_sends_again_does_not() {
    let server = failing(1);
    let url = server.url("/");
    let files = crate::program::Files::new();
    let body = files.write("body", "{}");
    let ran =
        run(&format!("send github --secret-env SECRET --to {url} --body {body} --retry --json"));
    let summary = ran.expect(1).json().pop().unwrap();
    assert_eq!(summary["schedule"]["delays_seconds"], json!([]));
    assert_eq!(server.received().len(), 1);
}

#[test]
fn what_is_not_answered_in_time_is_sent_again() {
    let server = Server::start_async(|number, _| async move {
        if number == 0 {
            std::future::pending::<()>().await;
        }
        (StatusCode::OK, String::new())
    });
    let url = server.url("/");
    let line = "--event voice_note.sent --retry --time-scale 0 --deadline 1 --json";
    let ran = run(&format!("send svara --secret-env SECRET --to {url} {line}")).expect(0);
    let lines = ran.json();
    assert_eq!(lines[0]["status"], Value::Null);
    assert_eq!(lines[0]["answer"], "no answer within 1 s");
    // The second, unless this machine is very slow.
    assert_eq!(lines[lines.len() - 2]["status"], 200);
}
