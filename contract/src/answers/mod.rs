//! One table of requests, sent over real sockets, with one answer for every adapter.
#![allow(missing_docs, reason = "the names of tests are sentences")]

mod cases;

use std::time::Duration;

use webhook_core::providers;

use crate::adapter::Adapter;
use crate::case::Answer;
use crate::receiver::Receiver;
use crate::route::{Handler, Layer, Route, Webhook};

/// The largest body, except where a route says otherwise.
const LIMIT: usize = 2048;
/// The largest body on `/large`, above the frameworks' own limits.
const LARGE: usize = 4 * 1024 * 1024;
/// How long a body may take on `/hurried`, where none ever comes whole.
const HURRY: Duration = Duration::from_millis(50);
/// How much all bodies together may hold on `/budget`, besides the first bytes of each, which are free.
const BUDGET: usize = 64 * 1024;
const FREE: usize = 16 * 1024;

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! answers {
    ($adapter:ident) => {
        $crate::tests! { $adapter, answers:
            every_request_is_answered_as_documented
            a_refused_body_is_not_read_on
            a_handler_may_answer_with_a_rejection
            an_upgrade_ends_with_its_declared_body
            a_client_that_waits_to_continue_is_answered
            a_client_that_hangs_up_reaches_no_handler
        }
    };
}

fn voisnap() -> providers::voisnap::Secret {
    providers::voisnap::Secret::new("whsec_contract").unwrap()
}

fn start<A: Adapter>() -> Receiver {
    let plain = Webhook { body_limit: LIMIT, ..Webhook::new(voisnap()) };
    let large = Webhook { body_limit: LARGE, ..plain.clone() };
    let hurried = Webhook { body_timeout: HURRY, ..plain.clone() };
    let budget = Webhook { max_buffered: Some(BUDGET), ..large.clone() };
    Receiver::start::<A>(vec![
        Route::new("/event", Handler::Event).verified(&plain),
        Route::new("/bytes", Handler::Bytes).verified(&plain),
        Route::new("/string", Handler::Text).verified(&plain),
        Route::new("/json", Handler::Json).verified(&plain),
        Route::new("/large", Handler::Bytes).verified(&large),
        Route::new("/hurried", Handler::Bytes).verified(&hurried),
        // Its handler answers with a copy: an answer that is being sent would count.
        Route::new("/budget", Handler::Text).verified(&budget),
        Route::new("/swapped", Handler::Bytes).verified(&plain).layer(Layer::Swap),
        Route::new("/refuses", Handler::Refuses).verified(&plain),
        Route::new("/unconfigured", Handler::Bytes),
        Route::new("/samvas-event", Handler::SamvasEvent).verified(&plain),
        Route::new("/twice", Handler::Bytes).verified(&plain).verified(&plain),
    ])
}

pub async fn every_request_is_answered_as_documented<A: Adapter>() {
    let receiver = start::<A>();
    let mut wrong = Vec::new();
    for (name, (case, expected)) in cases::all() {
        let before = receiver.site.handled();
        let answer = receiver.exchange(&case).await;
        let handled = receiver.site.handled() - before;
        if answer != expected || handled != usize::from(expected.status == 200) {
            wrong.push(format!("{name}: {answer:?}, handled {handled}; expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A refusal of a body that goes on and on: an answer, then the end. (actix-http reads on for the
/// `client_disconnect_timeout` of its server, a second unless set, and then closes.)
pub async fn a_refused_body_is_not_read_on<A: Adapter>() {
    let receiver = start::<A>();
    for (path, expected) in [("/bytes", 401), ("/swapped", 401), ("/unconfigured", 500)] {
        assert_eq!(receiver.flood(path).await, expected, "{path}");
    }
}

pub async fn a_handler_may_answer_with_a_rejection<A: Adapter>() {
    let receiver = start::<A>();
    let case = cases::genuine().to("/refuses");
    let expected = Answer::refusal(503, "temporarily unavailable");
    assert_eq!(receiver.exchange(&case).await, expected);
    let head = receiver.head(&case).await;
    assert!(head.contains("\r\nretry-after: 2\r\n"), "{head}");
}

/// What comes behind the declared body is no part of the delivery.
pub async fn an_upgrade_ends_with_its_declared_body<A: Adapter>() {
    let (case, mut expected) = cases::upgrade_with_more();
    if A::DIFFERENCES.reads_on_behind_upgrades {
        expected = Answer::refusal(400, "body could not be read");
    }
    assert_eq!(start::<A>().exchange(&case).await, expected);
}

/// Whether it is asked for its body or not, the body of a request whose head is refused is not read.
pub async fn a_client_that_waits_to_continue_is_answered<A: Adapter>() {
    let receiver = start::<A>();
    assert_eq!(receiver.first_status(&cases::waits_to_continue()).await, 100);
    let (refused, expected) = cases::waits_for_nothing();
    let first = if A::DIFFERENCES.continues_before_the_head_is_judged { 100 } else { 401 };
    assert_eq!(receiver.first_status(&refused).await, first);
    assert_eq!(receiver.exchange(&refused).await, expected);
}

/// The client goes before its body has come whole: nobody is there to answer, and no handler runs.
pub async fn a_client_that_hangs_up_reaches_no_handler<A: Adapter>() {
    let receiver = start::<A>();
    receiver.hang_up(&cases::genuine()).await;
    // A request behind it shows that the receiver is well, and has had its time.
    assert_eq!(receiver.exchange(&cases::genuine()).await.status, 200);
    assert_eq!(receiver.site.handled(), 1);
}
