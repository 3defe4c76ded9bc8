//! The unhappy cases of `send`: what each changes, and that it changes nothing else.

use serde_json::Value;

use crate::program::{run, run_with};
use crate::server::{Received, Server};

/// Sends a delivery, and returns what came.
fn send(provider: &str, event: &str, more: &str) -> Vec<Received> {
    let server = Server::always(200, "ok");
    let url = server.url("/");
    run(&format!("send {provider} --secret-env SECRET --to {url} --event {event} {more}"))
        .expect(0);
    server.received()
}

/// Why it is refused.
fn verdict(provider: &str, request: &Received) -> Value {
    let ran = run_with(
        &format!("verify {provider} --secret-env SECRET --request - --json"),
        &request.raw(),
    );
    ran.one()["reason"].clone()
}

#[test]
fn a_tampered_body_differs_in_one_byte() {
    let received = send("voisnap", "SessionEnded", "--tamper");
    assert_eq!(verdict("voisnap", &received[0]), "invalid_signature");
    let mut request = received[0].clone();
    let mut body = request.body.to_vec();
    let middle = body.len() / 2;
    body[middle] ^= 1;
    request.body = body.into();
    assert_eq!(verdict("voisnap", &request), Value::Null);
}

#[test]
fn a_stale_delivery_is_genuine_but_old() {
    let received = send("voisnap", "SessionEnded", "--stale 301");
    assert_eq!(verdict("voisnap", &received[0]), "timestamp_outside_tolerance");
    let line = "verify voisnap --secret-env SECRET --request - --tolerance 600";
    run_with(line, &received[0].raw()).expect(0);
}

#[test]
fn a_forged_delivery_has_the_form_of_a_genuine_one() {
    for (provider, event) in
        [("voisnap", "SessionEnded"), ("standard_webhooks", "test"), ("twilio", "call")]
    {
        let received = send(provider, event, "--forge");
        let url = "--url http://127.0.0.1";
        let line = format!("verify {provider} --secret-env SECRET --request - --json {url}");
        let reason = run_with(&line, &received[0].raw()).expect(1).one()["reason"].clone();
        assert_eq!(reason, "invalid_signature", "{provider}");
    }
}

#[test]
fn duplicates_are_the_same_bytes() {
    let received = send("voisnap", "SessionEnded", "--duplicate 2");
    assert_eq!(received.len(), 3);
    for request in &received {
        assert_eq!(request.raw(), received[0].raw());
    }
}

#[test]
fn a_replay_differs_in_its_id_only() {
    const ID: &str = "x-webhook-delivery-id";
    let received = send("voisnap", "SessionEnded", "--replay-id");
    let [first, replay] = &received[..] else { panic!("{}", received.len()) };
    assert_ne!(first.header(ID), replay.header(ID));
    let mut back = replay.clone();
    back.headers.insert(ID, first.headers[ID].clone());
    assert_eq!(back.raw(), first.raw());
    // Voisnap does not sign the id.
    assert_eq!(verdict("voisnap", replay), Value::Null);
    let received = send("standard_webhooks", "test", "--replay-id");
    assert_eq!(verdict("standard_webhooks", &received[1]), "invalid_signature");
}

#[test]
fn copies_are_shown_as_such() {
    let server = Server::always(200, "ok");
    let url = server.url("/");
    let line = format!(
        "send voisnap --secret-env SECRET --to {url} --event Error --duplicate 1 --replay-id --json"
    );
    let lines = run(&line).expect(0).json();
    let sent: Vec<_> = lines.iter().map(|line| line["sent"].as_str().unwrap_or_default()).collect();
    assert_eq!(sent, ["delivery", "duplicate", "replay", ""]);
    let summary = lines.last().unwrap();
    assert_eq!((&summary["deliveries"], &summary["requests"]), (&1.into(), &3.into()));
}
