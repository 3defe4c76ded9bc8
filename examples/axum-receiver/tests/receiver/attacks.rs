//! Strangers who hold connections keep no sender out.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use webhook_tower::providers::svara::Svara;

use crate::service::{PATIENCE, Request, Service};
use crate::sign;

/// A whole request, whose connection stays open unless the receiver closes it.
const REQUEST: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const HALF_A_HEAD: &str = "GET /healthz HTTP/1.1\r\nHost: lo";

/// Sends a delivery that has not been sent before.
#[track_caller]
fn is_received(service: &Service, number: usize) {
    let body = format!(r#"{{"event":"voice_note.sent","number":{number}}}"#);
    let headers = sign::<Svara>("svara-secret", &body);
    let answer = service.send("POST", "/webhooks/svara", &headers, &body);
    assert_eq!((answer.status, &*answer.body), (200, r#"{"received":true}"#));
}

/// Begins a body of 1 MiB under a signature that may be one, and sends so much of it.
fn begin_large_body(service: &Service, sent: usize) -> Request {
    const LEN: usize = 1024 * 1024;
    let signature = ("X-Svara-Signature", "ab".repeat(32));
    service.begin("POST", "/webhooks/svara", &[signature], LEN, &" ".repeat(sent))
}

/// Sends a little now and then, until the receiver closes the connection.
#[track_caller]
fn is_cut(service: &Service, start: &str, more: &str) {
    let mut stream = service.connect();
    stream.write_all(start.as_bytes()).unwrap();
    let opened = Instant::now();
    while stream.write_all(more.as_bytes()).is_ok() {
        assert!(opened.elapsed() < PATIENCE, "still open: {start:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Holds as many connections as the receiver has descriptors, each after so many requests and this text.
#[track_caller]
fn senders_get_through_beside(requests: usize, text: &str) {
    const DESCRIPTORS: usize = 256;
    let service = Service::start_with_descriptors(DESCRIPTORS);
    let mut strangers = Vec::new();
    for _ in 0..DESCRIPTORS {
        let mut stream = service.connect();
        for _ in 0..requests {
            stream.write_all(REQUEST.as_bytes()).unwrap();
            assert_ne!(stream.read(&mut [0; 1024]).unwrap(), 0);
        }
        // The receiver may have closed it.
        _ = stream.write_all(text.as_bytes());
        strangers.push(stream);
    }
    for number in 0..20 {
        is_received(&service, number);
    }
}

#[test]
fn senders_get_through_beside_silent_connections() {
    senders_get_through_beside(0, "");
}

#[test]
fn senders_get_through_beside_idle_connections() {
    senders_get_through_beside(1, "");
}

#[test]
fn senders_get_through_beside_stalled_heads() {
    senders_get_through_beside(0, HALF_A_HEAD);
}

#[test]
fn senders_get_through_beside_heads_that_stall_after_a_request() {
    senders_get_through_beside(1, HALF_A_HEAD);
}

#[test]
fn a_head_without_end_is_cut() {
    is_cut(&Service::start(), "GET /healthz HTTP/1.1\r\n", "X-More: more\r\n");
}

#[test]
fn a_body_without_end_is_cut_on_every_route() {
    let service = Service::start();
    for method in ["GET", "POST"] {
        for path in ["/healthz", "/nowhere", "/webhooks/svara", "/webhooks/svara/"] {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            );
            is_cut(&service, &head, "4\r\nmore\r\n");
        }
    }
}

#[test]
fn senders_get_through_beside_large_bodies_that_are_not_finished() {
    let service = Service::start();
    // All that the route may hold, and more.
    let held: Vec<_> = (0..24).map(|_| begin_large_body(&service, 1024 * 1024 - 1)).collect();
    for number in 0..50 {
        is_received(&service, number);
    }
    drop(held);
}

#[test]
fn senders_get_through_beside_hundreds_of_slow_connections() {
    let service = Service::start();
    let mut slow = Vec::new();
    for number in 0..50 {
        slow.extend((0..5).map(|_| begin_large_body(&service, 1)));
        slow.extend((0..5).map(|_| service.begin("POST", "/webhooks/svara", &[], 1, "")));
        is_received(&service, number);
    }
    drop(slow);
}
