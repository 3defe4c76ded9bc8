//! Requests that are dropped before they are answered: their client went away, or their handler panicked.
#![allow(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod common;

use std::convert::Infallible;
use std::future::pending;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use common::{Echo, NOW, Step, Steps, request, secret};
use contract::logs;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _, service_fn};
use webhook_tower::VerifyWebhook;
use webhook_tower::secrets::Endpoint;
use webhook_tower::verify::VerifiedBody;

/// The layer of an endpoint, by which its logs are found.
fn webhook(endpoint: &'static str) -> VerifyWebhook {
    logs::keep();
    VerifyWebhook::per_request(move |_| Endpoint::new(endpoint, secret()).into()).clock(|| NOW)
}

/// Polls a request once, and drops it.
fn begin(request: impl Future) {
    let mut request = Box::pin(request);
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(request.as_mut().poll(&mut context), Poll::Pending));
}

const ABANDONED: [&str; 1] = ["INFO webhook abandoned"];

#[tokio::test]
async fn while_the_body_arrives() {
    let body = Steps::new([Step::Data(Bytes::from_static(b"{")), Step::Stuck]);
    begin(webhook("arriving").layer(Echo::default()).oneshot(request(b"{}", body)));
    assert_eq!(logs::observed_of_endpoint("arriving"), ABANDONED);
}

#[tokio::test]
async fn while_the_handler_runs() {
    let handler = service_fn(|_: Request<VerifiedBody>| {
        pending::<Result<Response<Full<Bytes>>, Infallible>>()
    });
    let body = Full::new(Bytes::from_static(b"{}"));
    begin(webhook("handled").layer(handler).oneshot(request(b"{}", body)));
    assert_eq!(logs::observed_of_endpoint("handled"), ABANDONED);
}

#[tokio::test]
async fn when_the_handler_panics() {
    type Answered = Result<Response<Full<Bytes>>, Infallible>;

    let handler =
        service_fn(async |_: Request<VerifiedBody>| -> Answered { panic!("as it should") });
    let body = Full::new(Bytes::from_static(b"{}"));
    let handling = webhook("panicked").layer(handler).oneshot(request(b"{}", body));
    assert!(tokio::spawn(handling).await.unwrap_err().is_panic());
    assert_eq!(logs::observed_of_endpoint("panicked"), ABANDONED);
}

#[tokio::test]
async fn a_request_that_was_answered_is_observed_once() {
    let body = Full::new(Bytes::from_static(b"{}"));
    let service = webhook("answered").layer(Echo::default());
    assert_eq!(service.oneshot(request(b"{}", body)).await.unwrap().status(), 200);
    assert_eq!(logs::observed_of_endpoint("answered"), ["DEBUG webhook accepted"]);
}
