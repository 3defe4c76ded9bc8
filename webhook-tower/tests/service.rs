//! The layer around any tower service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not their helpers"
)]

mod common;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{Echo, INVALID, NOW, Step, Steps, kind, request, secret, webhook};
use http::{Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full, Limited};
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::timeout::TimeoutLayer;
use webhook_core::{Delivery, RejectionKind, UnixTime, VerifyErrorKind};
use webhook_tower::verify::VerifiedBody;
use webhook_tower::{Received, VerifyWebhook};

fn full(body: &'static str) -> Full<Bytes> {
    Full::new(Bytes::from_static(body.as_bytes()))
}

async fn text(response: Response<impl http_body::Body<Data = Bytes, Error = Infallible>>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

#[tokio::test]
async fn genuine_requests_pass_with_their_delivery() {
    let inner = service_fn(|request: Request<VerifiedBody>| async move {
        let delivery = request.extensions().get::<Received>().unwrap().delivery().clone();
        assert_eq!(delivery.id(), Some("dlv_1"));
        assert_eq!(request.uri(), "/webhooks?a=1");
        assert_eq!(request.body().size_hint().exact(), Some(2));
        Ok::<_, Infallible>(Response::new(full("done")))
    });
    let response = webhook().layer(inner).oneshot(request(b"{}", full("{}"))).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(text(response).await, "done");
}

#[tokio::test]
async fn forged_requests_are_answered_and_go_no_further() {
    let echo = Echo::default();
    let service = webhook().layer(echo.clone());
    let response = service.oneshot(request(b"{}", full("[]"))).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(kind(&response), Some(INVALID));
    assert_eq!(text(response).await, r#"{"error": "invalid signature"}"#);
    assert_eq!(echo.calls(), 0);
}

/// Panics if a clone is called that was never polled ready.
struct ReadyOnce {
    ready: bool,
    not_yet: u8,
}

impl Clone for ReadyOnce {
    fn clone(&self) -> Self {
        Self { ready: false, not_yet: 2 }
    }
}

impl Service<Request<VerifiedBody>> for ReadyOnce {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.not_yet > 0 {
            self.not_yet -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without having been ready");
        std::future::ready(Ok(Response::new(full("done"))))
    }
}

#[tokio::test]
async fn the_service_that_was_ready_is_the_one_that_is_called() {
    let mut service = webhook().layer(ReadyOnce { ready: false, not_yet: 2 });
    for _ in 0..3 {
        let ready = ServiceExt::<Request<Full<Bytes>>>::ready(&mut service).await.unwrap();
        let response = ready.call(request(b"{}", full("{}"))).await.unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn errors_of_the_inner_service_stay_its_own() {
    #[derive(Debug, PartialEq)]
    struct Broken;
    let inner =
        service_fn(|_: Request<VerifiedBody>| async { Err::<Response<Full<Bytes>>, _>(Broken) });
    let error = webhook().layer(inner).oneshot(request(b"{}", full("{}"))).await.unwrap_err();
    assert_eq!(error, Broken);
}

#[tokio::test]
async fn it_stands_among_other_layers() {
    let echo = Echo::default();
    let mut service = ServiceBuilder::new()
        .timeout(Duration::from_secs(60))
        .layer(webhook())
        .concurrency_limit(1)
        // Another body on the way does not change what the delivery holds.
        .map_request(|request: Request<VerifiedBody>| {
            assert_eq!(request.extensions().get::<Received>().unwrap().delivery().body(), "{}");
            request.map(|_| full("swapped"))
        })
        .service(echo.clone());
    for _ in 0..2 {
        let ready = ServiceExt::<Request<Full<Bytes>>>::ready(&mut service).await.unwrap();
        let response = ready.call(request(b"{}", full("{}"))).await.unwrap();
        assert_eq!(text(response).await, "swapped");
    }
    assert_eq!(echo.calls(), 2);
}

#[tokio::test]
async fn it_needs_neither_send_nor_static_services() {
    let local = std::rc::Rc::new(());
    let borrowed = String::from("borrowed");
    let inner = service_fn(|_: Request<VerifiedBody>| {
        let (_, body) = (local.clone(), borrowed.as_str().to_owned());
        async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(body)))) }
    });
    let response = webhook().layer(inner).oneshot(request(b"{}", full("{}"))).await.unwrap();
    assert_eq!(text(response).await, "borrowed");
}

/// The delivery that the inner service gets for a body that comes in these steps.
async fn deliver(body: &Bytes, steps: Steps) -> Result<Delivery, RejectionKind> {
    let seen = Arc::new(Mutex::new(None));
    let keep = seen.clone();
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        let received = request.extensions().get::<Received>();
        *keep.lock().unwrap() = received.map(|received| received.delivery().clone());
        async { Ok::<_, Infallible>(Response::new(full(""))) }
    });
    let response = webhook().layer(inner).oneshot(request(body, steps)).await.unwrap();
    let seen = seen.lock().unwrap().take();
    seen.ok_or_else(|| kind(&response).unwrap())
}

#[tokio::test]
async fn one_frame_is_handed_on_as_it_is() {
    let body = Bytes::from(b"some bytes".to_vec());
    let delivery = deliver(&body, Steps::frames(&body, 100)).await.unwrap();
    assert_eq!(delivery.body().as_ptr(), body.as_ptr());
}

#[tokio::test]
async fn frames_are_joined_in_order_whatever_their_sizes() {
    let body = Bytes::from((0..=255).cycle().take(100_000).collect::<Vec<u8>>());
    for size in [1, 7, 4096, 99_999] {
        let delivery = deliver(&body, Steps::frames(&body, size)).await.unwrap();
        assert_eq!(delivery.body(), &body);
    }
}

#[tokio::test]
async fn empty_frames_delays_and_trailers_change_nothing() {
    let data = |text: &'static str| Step::Data(Bytes::from_static(text.as_bytes()));
    let steps =
        [data(""), Step::Later, data("{"), data(""), Step::Later, data("}"), Step::Trailers];
    let delivery = deliver(&Bytes::from_static(b"{}"), Steps::new(steps)).await.unwrap();
    assert_eq!(delivery.body(), "{}");
}

#[tokio::test]
async fn a_body_that_breaks_off_reaches_nobody() {
    let body = Bytes::from_static(b"{}");
    let steps = [Step::Data(body.clone()), Step::Error("connection reset".into())];
    let kind = deliver(&body, Steps::new(steps)).await.unwrap_err();
    assert_eq!(kind, RejectionKind::BodyUnreadable);
}

#[tokio::test]
async fn a_limit_outside_is_a_body_too_large() {
    let body = Limited::new(full("0123456789"), 5);
    let service = webhook().layer(Echo::default());
    let response = service.oneshot(request(b"0123456789", body)).await.unwrap();
    assert_eq!(kind(&response), Some(RejectionKind::BodyTooLarge));
}

#[tokio::test(start_paused = true)]
async fn a_body_has_its_time_and_no_more() {
    let started = tokio::time::Instant::now();
    let stuck = Steps::new([Step::Data(Bytes::from_static(b"{")), Step::Stuck]);
    let kind = deliver(&Bytes::from_static(b"{}"), stuck).await.unwrap_err();
    assert_eq!(kind, RejectionKind::BodyTimeout);
    assert_eq!(started.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_does_not_start_the_time_anew() {
    let (mut sender, body) = http_body_util::channel::Channel::<Bytes>::new(1);
    tokio::spawn(async move {
        while sender.send_data(Bytes::from_static(b"a")).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let started = tokio::time::Instant::now();
    let service = webhook().body_timeout(Duration::from_secs(5)).layer(Echo::default());
    let response = service.oneshot(request(b"{}", body)).await.unwrap();
    assert_eq!(common::kind(&response), Some(RejectionKind::BodyTimeout));
    assert_eq!(started.elapsed().as_secs(), 5);
}

/// Drives a future by hand and counts its polls.
fn polls(future: impl Future) -> usize {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut count = 1;
    while future.as_mut().poll(&mut context).is_pending() {
        count += 1;
        assert!(count < 10_000);
    }
    count
}

#[tokio::test(start_paused = true)]
async fn bodies_that_are_always_ready_let_others_have_their_turn() {
    const MIB: usize = 1024 * 1024;
    for (frame, least) in [(MIB, 4), (64 * 1024, 4), (1, 1024)] {
        let len = if frame == 1 { MIB / 4 } else { MIB };
        let body = Bytes::from(vec![0; len]);
        let service = webhook().layer(Echo::default());
        let count = polls(service.oneshot(request(&body, Steps::frames(&body, frame))));
        assert!(count >= least, "{count} polls for frames of {frame}");
    }
    // Nothing but empty frames is no way to hold a thread either.
    let empty = (0..100_000).map(|_| Step::Data(Bytes::new()));
    let count = polls(webhook().layer(Echo::default()).oneshot(request(b"", Steps::new(empty))));
    assert!(count >= 100_000 / 256, "{count}");
}

#[tokio::test]
async fn who_hangs_up_early_is_not_handled() {
    let echo = Echo::default();
    let steps = Steps::new([Step::Data(Bytes::from_static(b"{}")), Step::Later]);
    let mut future = Box::pin(webhook().layer(echo.clone()).oneshot(request(b"{}", steps)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(future);
    assert_eq!(echo.calls(), 0);
}

/// A body above what is not counted.
const LARGE: usize = 64 * 1024;

#[tokio::test]
async fn a_slow_body_gives_way_to_one_that_comes_and_is_answered_at_once() {
    let webhook = webhook().max_buffered(LARGE);
    let large = Bytes::from(vec![b'x'; LARGE]);
    let slow = Steps::new([Step::Data(large.clone()), Step::Stuck]);
    let slow = webhook.clone().layer(Echo::default()).oneshot(request(b"", slow));
    let slow = tokio::spawn(slow);
    tokio::task::yield_now().await;

    let honest = Full::new(large.clone());
    let response = webhook.layer(Echo::default()).oneshot(request(&large, honest)).await.unwrap();
    assert_eq!(response.status(), 200);
    // Nothing else wakes it.
    let response = slow.await.unwrap().unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(kind(&response), Some(RejectionKind::Overloaded));
}

#[tokio::test]
async fn a_body_is_counted_until_the_handler_has_finished() {
    let webhook = webhook().max_buffered(LARGE);
    let large = Bytes::from(vec![b'x'; LARGE]);
    let (done, wait) = tokio::sync::watch::channel(false);
    let handler = service_fn(|request: Request<VerifiedBody>| {
        let mut wait = wait.clone();
        async move {
            wait.wait_for(|done| *done).await.unwrap();
            drop(request);
            Ok::<_, Infallible>(Response::new(full("")))
        }
    });
    let service = webhook.layer(handler);
    let send = |body: &Bytes| service.clone().oneshot(request(body, Full::new(body.clone())));
    let mut first = pin!(send(&large));
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert_eq!(kind(&send(&large).await.unwrap()), Some(RejectionKind::Overloaded));
    done.send(true).unwrap();
    assert_eq!(send(&Bytes::from_static(b"small")).await.unwrap().status(), 200);
    assert_eq!(first.await.unwrap().status(), 200);
    assert_eq!(send(&large).await.unwrap().status(), 200);
}

/// The timer is tokio's; without it a body has no deadline, and nothing panics.
#[test]
fn outside_a_tokio_runtime_bodies_are_read_without_a_deadline() {
    let body = Bytes::from(vec![b'x'; 1024 * 1024]);
    for frame in [1000, 64 * 1024, 1024 * 1024] {
        let mut steps = Steps::frames(&body, frame);
        steps.0.push_front(Step::Later);
        steps.0.push_back(Step::Later);
        let service = webhook().layer(Echo::default());
        let response = futures_executor::block_on(service.oneshot(request(&body, steps))).unwrap();
        assert_eq!(response.status(), 200, "in frames of {frame}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_may_be_as_long_as_a_duration_can_be() {
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX / 4), Duration::from_secs(1 << 40)]
    {
        let data = |text: &'static str| Step::Data(Bytes::from_static(text.as_bytes()));
        let steps = Steps::new([data("{"), Step::Later, data("}")]);
        let service = webhook().body_timeout(timeout).layer(Echo::default());
        let response = service.oneshot(request(b"{}", steps)).await.unwrap();
        assert_eq!(response.status(), 200, "{timeout:?}");
    }
}

#[tokio::test]
async fn a_tolerance_may_be_as_long_as_a_duration_can_be() {
    let secret = secret().with_tolerance(Duration::MAX);
    for now in [UnixTime::from_millis(0), UnixTime::from_millis(u64::MAX)] {
        let service = VerifyWebhook::new(secret.clone()).clock(move || now).layer(Echo::default());
        let response = service.oneshot(request(b"{}", full("{}"))).await.unwrap();
        assert_eq!(response.status(), 200, "{now:?}");
    }
}

#[tokio::test]
async fn a_declared_length_over_the_limit_is_refused_unread() {
    struct Unread;
    impl http_body::Body for Unread {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            panic!("read although its head condemns it");
        }

        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(11)
        }
    }
    let service = || webhook().body_limit(10).layer(Echo::default());
    let response = service().oneshot(request(b"", Unread)).await.unwrap();
    assert_eq!(kind(&response), Some(RejectionKind::BodyTooLarge));

    let mut unsigned = request(b"", Unread);
    unsigned.headers_mut().remove("x-webhook-signature");
    let response = service().oneshot(unsigned).await.unwrap();
    let missing = RejectionKind::Verify(VerifyErrorKind::MissingSignature);
    assert_eq!(kind(&response), Some(missing));
}

#[tokio::test]
async fn rejections_can_be_answered_otherwise() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let webhook = webhook().on_rejection(move |rejection| {
        count.fetch_add(1, Ordering::SeqCst);
        assert_eq!(rejection.kind(), INVALID);
        Response::builder().status(498).body(Bytes::from_static(b"no")).unwrap()
    });
    let response =
        webhook.layer(Echo::default()).oneshot(request(b"{}", full("[]"))).await.unwrap();
    assert_eq!(response.status(), 498);
    assert_eq!(kind(&response), Some(INVALID), "still told apart");
    assert_eq!(text(response).await, "no");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_verify_of_any_type_will_do() {
    let shared: Arc<dyn webhook_core::Verify> = Arc::new(secret());
    let webhook = VerifyWebhook::new(shared).clock(|| NOW);
    let response =
        webhook.layer(Echo::default()).oneshot(request(b"{}", full("{}"))).await.unwrap();
    assert_eq!(response.status(), 200);
}

#[test]
fn debug_shows_settings_and_no_secret() {
    let shown = format!("{:?}", webhook());
    assert!(shown.contains("voisnap") && shown.contains("1048576"), "{shown}");
    assert!(!shown.contains("whsec_test"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_tower_http_may_stand_outside() {
    let stuck = service_fn(|_: Request<VerifiedBody>| async {
        std::future::pending::<()>().await;
        Ok::<_, Infallible>(Response::new(full("")))
    });
    let timeout =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(1));
    let service = ServiceBuilder::new().layer(timeout).layer(webhook()).service(stuck);
    let response = service.oneshot(request(b"{}", full("{}"))).await.unwrap();
    assert_eq!(response.status(), 504);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn a_verified_body_is_its_bytes() {
    let inner = service_fn(|request: Request<VerifiedBody>| async {
        let body = Bytes::from(request.into_body());
        Ok::<_, Infallible>(Response::new(Full::new(body)))
    });
    let response = webhook().layer(inner).oneshot(request(b"{}", full("{}"))).await.unwrap();
    assert_eq!(text(response).await, "{}");
    assert_eq!(Bytes::from(VerifiedBody::default()), "");
}
