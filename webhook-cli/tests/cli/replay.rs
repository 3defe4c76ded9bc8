//! `replay` sends again what was kept.

use serde_json::json;

use crate::listener::{Listener, raw};
use crate::program::{Files, command, finish, run, signed};
use crate::server::{Received, Server};

const BODY: &[u8] = b"{\"type\":\"SessionEnded\",\"a\":\"\xff\"}";

/// A store with a delivery, a copy, one of another event, and a rejected request.
fn kept(files: &Files) -> Vec<u8> {
    let listener = Listener::start(files, "voisnap", "");
    let options = format!("{} -H X-Other:1", signed("voisnap", BODY, "--at 1700000000"));
    let stale = raw("POST", "/a?b", &options, BODY);
    let fresh = |body: &[u8]| raw("POST", "/a?b", &signed("voisnap", body, ""), body);
    let other = br#"{"type":"Other"}"#;
    let genuine = fresh(BODY);
    for (request, status) in [(&genuine, 200), (&genuine, 200), (&fresh(other), 200), (&stale, 400)]
    {
        assert_eq!(listener.send(request).status, status);
    }
    listener.stop();
    genuine
}

#[track_caller]
fn verify(received: &Received, files: &Files) -> i32 {
    let request = files.write("received.http", received.raw());
    run(&format!("verify voisnap --secret-env SECRET --request {request}")).status
}

#[test]
fn a_kept_request_is_sent_again_byte_for_byte_or_signed_anew() {
    let files = Files::new();
    kept(&files);
    let service = Server::always(200, "thanks");
    let store = files.name("kept.db");
    let replay = |what: &str| {
        run(&format!("replay {what} --store {store} --to {} --json", service.url("/mine")))
    };
    let line = replay("1").expect(0).one();
    assert_eq!(
        (&line["request"], &line["status"], &line["answer"]),
        (&json!("#1 voisnap SessionEnded"), &json!(200), &json!("thanks"))
    );
    replay("4").expect(0);
    let resigned = replay("4 --resign --secret-env SECRET").expect(0);
    assert!(resigned.stderr.contains("anybody may have sent it"), "{}", resigned.stderr);
    let received = service.received();
    assert!(received.iter().all(|received| received.body == BODY && received.method == "POST"));
    assert_eq!(
        (verify(&received[0], &files), verify(&received[1], &files)),
        (0, 1),
        "one was stale"
    );
    assert_eq!(received[1].header("x-other"), "1");
    assert_eq!(verify(&received[2], &files), 0);
    assert_eq!(received[2].header("x-other"), "1");

    replay("--filter event=Session").expect(0);
    assert_eq!(service.received().len(), 5, "the copy, too, but not the rejected request");
    let none = replay("--filter event=Session --provider svara").expect(0);
    assert_eq!((&*none.stdout, service.received().len()), ("", 5));
    let other = replay("1 --provider svara").expect(2);
    assert!(other.stderr.contains("not of that provider"), "{}", other.stderr);
    let missing = replay("99").expect(2);
    assert!(missing.stderr.contains("has no request 99"), "{}", missing.stderr);
    let no_store =
        run(&format!("replay 1 --store {} --to {}", files.name("no.db"), service.url("/")))
            .expect(2);
    assert!(no_store.stderr.contains("no such file"), "{}", no_store.stderr);
}

#[test]
fn a_file_is_sent_again() {
    let files = Files::new();
    let request = raw("PUT", "/a?b", &signed("voisnap", BODY, ""), BODY);
    let file = files.write("captured.http", &request);
    let service = Server::always(500, "no");
    let to = service.url("/");
    let replay = |more: &[&str]| finish(command([&["replay", &file, "--to", &to], more].concat()));
    let ran = replay(&[]).expect(1);
    assert!(ran.stdout.contains("captured.http replayed -> 500 no"), "{}", ran.stdout);
    let resign = ["--resign", "--secret-env", "SECRET"];
    let ran = replay(&resign).expect(2);
    assert!(ran.stderr.contains("--provider"), "{}", ran.stderr);
    replay(&[&resign[..], &["--provider", "voisnap"]].concat()).expect(1);
    let received = service.received();
    assert_eq!((received.len(), &*received[1].method), (2, "PUT"));
    assert_eq!(verify(&received[1], &files), 0);
}

#[test]
fn the_id_is_kept_when_a_request_is_signed_anew() {
    let files = Files::new();
    let body = b"{}";
    let request = raw("POST", "/", &signed("voisnap", body, "--id dlv_7 --at 1700000000"), body);
    let file = files.write("captured.http", request);
    let service = Server::always(200, "");
    run(&format!(
        "replay {file} --to {} --resign --provider voisnap --secret-env SECRET",
        service.url("/")
    ))
    .expect(0);
    let received = service.received();
    assert!(
        received[0].headers.values().any(|value| value == "dlv_7"),
        "{:?}",
        received[0].headers
    );
    let request = files.write("received.http", received[0].raw());
    run(&format!("verify voisnap --secret-env SECRET --request {request}")).expect(0);
}
