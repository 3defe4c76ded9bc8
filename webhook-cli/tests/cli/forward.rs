//! `listen --forward` sends on what is authentic.

use std::thread;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;

use crate::listener::{Listener, raw};
use crate::program::{Files, SECRET, run, signed};
use crate::server::Server;

const BODY: &[u8] = br#"{"event":"voice_note.sent","price":1.10}"#;

#[track_caller]
fn eventually(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "not within a minute");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn authentic_deliveries_are_forwarded_unchanged() {
    let service = Server::start(|number, _| match number {
        0 => (StatusCode::OK, "thanks\u{1b}[2J".to_owned()),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "no".to_owned()),
    });
    let files = Files::new();
    let forward = format!("--forward {}", service.url("/mine?x=1"));
    let listener = Listener::start(&files, "svara", &forward);
    let request = |body: &[u8]| {
        raw("POST", "/theirs", &format!("{} -H X-Other:1", signed("svara", body, "")), body)
    };
    let genuine = request(BODY);
    assert_eq!(listener.send(&genuine).status, 200);
    let line = listener.next_of("forwarded");
    assert_eq!((&line["request"], &line["status"]), (&json!("#1"), &json!(200)));
    assert_eq!(line["answer"], "thanks\\u{1b}[2J");
    let received = &service.received()[0];
    assert_eq!((&*received.method, &*received.target), ("POST", "/mine?x=1"));
    assert_eq!(received.body, BODY);
    assert_eq!(received.header("x-other"), "1");
    let signature = String::from_utf8(genuine).unwrap();
    assert!(signature.contains(received.header("x-svara-signature")), "{signature}");

    // A rejected request is not, and an answer that is no 2xx is on the page.
    let mut forged = request(b"{}");
    let last = forged.len() - 1;
    forged[last] = b' ';
    assert_eq!(listener.send(&forged).status, 401);
    assert_eq!(listener.send(&request(b"[2]")).status, 200);
    let line = listener.next_of("forwarded");
    assert_eq!((&line["status"], &line["answer"]), (&json!(500), &json!("no")));
    let page = || String::from_utf8(listener.page("/?state=given-up").body).unwrap();
    eventually(|| page().contains("500 no"));
    assert_eq!(service.received().len(), 2);
    listener.stop();
}

#[test]
fn a_service_that_hangs_holds_nobody_up() {
    let service = Server::start_async(|number, _| async move {
        if number == 0 {
            tokio::time::sleep(Duration::from_mins(10)).await;
        }
        (StatusCode::OK, String::new())
    });
    let files = Files::new();
    let forward = format!("--forward {} --forward-deadline 5", service.url("/"));
    let listener = Listener::start(&files, "svara", &forward);
    for number in 0..20 {
        let body = format!("[{number}]").into_bytes();
        assert_eq!(
            listener.send(&raw("POST", "/", &signed("svara", &body, ""), &body)).status,
            200
        );
    }
    let lines: Vec<_> = (0..20).map(|_| listener.next_of("forwarded")).collect();
    let unanswered: Vec<_> = lines.iter().filter(|line| line["status"].is_null()).collect();
    assert_eq!(unanswered.len(), 1, "{lines:?}");
    assert_eq!(unanswered[0]["answer"], "no answer within 5 s");

    // One that is stopped while it waits for an answer ends all the same.
    let service = Server::start_async(|_, _| async {
        tokio::time::sleep(Duration::from_mins(10)).await;
        (StatusCode::OK, String::new())
    });
    let files = Files::new();
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    assert_eq!(listener.send(&raw("POST", "/", &signed("svara", BODY, ""), BODY)).status, 200);
    eventually(|| !service.received().is_empty());
    let start = Instant::now();
    listener.stop();
    assert!(start.elapsed() < Duration::from_mins(1));
}

#[test]
fn a_filter_chooses_what_is_shown_and_forwarded() {
    let service = Server::always(200, "");
    let files = Files::new();
    let more = format!("--forward {} --filter event=note.", service.url("/"));
    let listener = Listener::start(&files, "svara", &more);
    for event in ["call.sent", "note.sent"] {
        let body = format!(r#"{{"event":"{event}"}}"#).into_bytes();
        assert_eq!(
            listener.send(&raw("POST", "/", &signed("svara", &body, ""), &body)).status,
            200
        );
    }
    assert_eq!(listener.next()["event"], "note.sent");
    assert_eq!(listener.next()["request"], "#2");
    assert_eq!(service.received().len(), 1);
    let page = String::from_utf8(listener.page("/").body).unwrap();
    assert!(page.contains("call.sent") && page.contains("note.sent"));
}

#[test]
fn an_answer_that_repeats_the_secret_is_shown_without_it() {
    let service = Server::always(401, SECRET);
    let files = Files::new();
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    listener.send(&raw("POST", "/", &signed("svara", BODY, ""), BODY));
    assert_eq!(listener.next_of("forwarded")["answer"], "[secret]");
    let page = || String::from_utf8(listener.page("/deliveries/1").body).unwrap();
    eventually(|| page().contains("401 [secret]"));
    assert!(!page().contains(SECRET));
}

/// Stores a delivery as a service does, for its worker.
fn stored_by_a_service(file: &str) {
    use webhook_core::{Head, Verify as _};
    use webhook_inbox::{Inbox, RequestHead, Sqlite};

    let secret = webhook_core::providers::svara::Secret::new(SECRET).unwrap();
    let now = std::time::SystemTime::now().into();
    let headers = secret.sign(BODY, now, None).unwrap();
    let delivery = secret.verify(&Head::new("POST", "/", &headers), &BODY.into(), now).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let inbox = Inbox::open(Sqlite::file(file).unwrap()).await.unwrap();
        inbox.endpoint("svara", secret).store(&delivery, RequestHead::default()).await.unwrap();
    });
}

#[test]
fn the_deliveries_of_a_service_are_left_to_it() {
    let files = Files::new();
    stored_by_a_service(&files.name("kept.db"));
    let service = Server::always(200, "");
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    let other = br#"{"event":"voice_note.sent"}"#;
    listener.send(&raw("POST", "/", &signed("svara", other, ""), other));
    assert_eq!(listener.next_of("forwarded")["request"], "#2");
    let page = String::from_utf8(listener.page("/?state=waiting").body).unwrap();
    assert!(page.contains("./deliveries/1"), "{page}");

    // What of it cannot be sent again does not keep the rest back.
    let replay = run(&format!(
        "replay --filter event=voice_note. --store {} --to {} --json",
        files.name("kept.db"),
        service.url("/")
    ));
    let replay = replay.expect(1);
    assert_eq!(replay.one()["request"], "#2 svara voice_note.sent");
    assert!(replay.stderr.contains("#1: only its body"), "{}", replay.stderr);
}

#[test]
fn a_replay_from_the_page_needs_somewhere_to_go() {
    let files = Files::new();
    let listener = Listener::start(&files, "svara", "");
    listener.send(&raw("POST", "/", &signed("svara", BODY, ""), BODY));
    assert_eq!(listener.post("/deliveries/1/replay").status, 303);
    let page = || String::from_utf8(listener.page("/deliveries/1").body).unwrap();
    eventually(|| page().contains("there is no --forward to send it to"));
}

#[test]
fn a_delivery_that_the_sender_repeats_is_forwarded_again() {
    let service = Server::start(|number, _| match number {
        0 => (StatusCode::SERVICE_UNAVAILABLE, String::new()),
        _ => (StatusCode::OK, String::new()),
    });
    let files = Files::new();
    let listener = Listener::start(&files, "svara", &format!("--forward {}", service.url("/")));
    let request = raw("POST", "/", &signed("svara", BODY, ""), BODY);
    for (number, status) in [("#1", 503), ("#2", 200)] {
        assert_eq!(listener.send(&request).status, 200);
        let line = listener.next_of("forwarded");
        assert_eq!((&line["request"], &line["status"]), (&json!(number), &json!(status)));
    }
    assert_eq!(service.received().len(), 2);
}
