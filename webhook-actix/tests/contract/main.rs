//! The contract that both adapters keep: one table of requests, sent to an axum and to an actix-web
//! receiver over real sockets, with one expected answer for both.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "clippy knows test functions, not their helpers"
)]

mod actix_receiver;
mod axum_receiver;
mod cases;
mod wire;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use webhook_core::{Secret, UnixTime, providers};

/// What time it is for both receivers.
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
/// The largest body, except where a route says otherwise.
const LIMIT: usize = 2048;
/// The largest body on `/large`, above the frameworks' own limits.
const LARGE: usize = 4 * 1024 * 1024;
/// How long a body may take on `/hurried`, where none ever comes whole.
const HURRY: std::time::Duration = std::time::Duration::from_millis(50);
/// How much all bodies together may hold on `/budget`, besides the first bytes of each, which are free.
const BUDGET: usize = 64 * 1024;
const FREE: usize = 16 * 1024;

fn voisnap() -> providers::voisnap::Secret {
    Secret::new("whsec_contract").unwrap()
}

/// One receiver under test.
struct Receiver {
    name: &'static str,
    address: SocketAddr,
    /// How many requests have reached a handler.
    handled: &'static AtomicUsize,
}

#[tokio::test(flavor = "multi_thread")]
async fn both_adapters_give_the_same_answers() {
    let receivers = [axum_receiver::start().await, actix_receiver::start()];
    let mut wrong = Vec::new();
    for case in cases::all() {
        for receiver in &receivers {
            let before = receiver.handled.load(Ordering::SeqCst);
            let answer = wire::exchange(receiver.address, &case).await;
            let handled = receiver.handled.load(Ordering::SeqCst) - before;
            let expected_handled = usize::from(case.expected.status == 200);
            if answer != case.expected || handled != expected_handled {
                wrong.push(format!(
                    "{}: {} on {}: {answer:?}, handled {handled}; expected {:?}",
                    receiver.name, case.name, case.path, case.expected
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A refusal of a body that goes on and on: an answer, then the end. (actix-http reads on for the
/// `client_disconnect_timeout` of its server, a second unless set, and then closes.)
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_body_is_not_read_on() {
    for receiver in [axum_receiver::start().await, actix_receiver::start()] {
        for path in ["/bytes", "/wrapped", "/unconfigured"] {
            let status = wire::flood(receiver.address, path).await;
            let expected = if path == "/unconfigured" { 500 } else { 401 };
            assert_eq!(status, expected, "{} {path}", receiver.name);
        }
    }
}

/// actix-web does not tell where the body of such a request ends, though it declares its length: it reads
/// on. What comes behind is no part of the delivery.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_with_more_than_its_declared_body_is_malformed() {
    let receiver = actix_receiver::start();
    let answer = wire::exchange(receiver.address, &cases::upgrade_with_more()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body, br#"{"error": "body could not be read"}"#);
}

/// The client goes before its body has come whole: nobody is there to answer, and no handler runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_reaches_no_handler() {
    for receiver in [axum_receiver::start().await, actix_receiver::start()] {
        let before = receiver.handled.load(Ordering::SeqCst);
        wire::hang_up(receiver.address, &cases::genuine()).await;
        // A request behind it shows that the receiver is well, and has had its time.
        let answer = wire::exchange(receiver.address, &cases::genuine()).await;
        assert_eq!(answer.status, 200, "{}", receiver.name);
        assert_eq!(receiver.handled.load(Ordering::SeqCst) - before, 1, "{}", receiver.name);
    }
}
