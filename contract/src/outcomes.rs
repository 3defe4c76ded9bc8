//! What is observed of a request: exactly one outcome, under its own cause, and nothing that is secret.
#![allow(missing_docs, reason = "the names of tests are sentences")]

use std::process::Command;
use std::time::Duration;

use webhook_core::providers::voisnap;
use webhook_core::{Key, Scheme, SchemeProvider};
use webhook_idempotency::{Claims, MemoryStore};

use crate::NOW;
use crate::adapter::Adapter;
use crate::case::{Body, Case};
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! outcomes {
    ($adapter:ident) => {
        $crate::tests! { $adapter, outcomes:
            a_request_has_one_outcome
            a_deduplicated_request_has_one_outcome
            a_wrong_set_up_is_logged_with_its_cause
            json_that_does_not_fit_is_logged_without_its_values
            neither_queries_nor_bodies_are_logged
        }

        #[test]
        fn a_wrong_set_up_is_told_once_on_standard_error() {
            let name = concat!(module_path!(), "::a_wrong_set_up_is_told_once_on_standard_error");
            $crate::outcomes::a_wrong_set_up_is_told_once_on_standard_error::<$adapter>(name);
        }
    };
}

const ACCEPTED: &str = "DEBUG webhook accepted";
const DUPLICATE: &str = "INFO duplicate webhook";
const UNSIGNED: &str = "ERROR webhook rejected: not_configured: no `VerifyWebhook` on this route: add it, \
                        so that the request is verified before the handler runs";

/// Sends a token, which says nothing about its delivery.
enum Tokens {}

impl SchemeProvider for Tokens {
    const SCHEME: Scheme = Scheme::token("tokens", "x-token");
}

fn secret() -> voisnap::Secret {
    voisnap::Secret::new("whsec_outcomes").unwrap()
}

fn tokens() -> Key<Tokens> {
    Key::new("sesame").unwrap()
}

fn case(path: &str, body: &str) -> Case {
    Case::signed(&secret(), path, body.as_bytes(), NOW, Some("dlv_1"))
}

/// One route for each test, or for each line of its table, so that what is logged there is known.
fn start<A: Adapter>() -> Receiver {
    let webhook = Webhook::new(secret());
    let tokens = Webhook::new(tokens());
    let claims = || {
        let claims = Claims::new(MemoryStore::new(100)).clock(|| NOW);
        claims.handler_timeout(Duration::from_millis(300))
    };
    let bytes = |path| Route::new(path, Handler::Bytes);
    let once = |path| bytes(path).verified(&webhook).once(&claims());
    Receiver::start::<A>(vec![
        bytes("/accepted").verified(&webhook),
        bytes("/forged").verified(&webhook),
        bytes("/unsigned").verified(&webhook),
        bytes("/cut")
            .verified(&Webhook { body_timeout: Duration::from_millis(10), ..webhook.clone() }),
        Route::new("/caught", Handler::Catches).verified(&webhook),
        Route::new("/not-caught", Handler::Catches).verified(&webhook),
        Route::new("/refused", Handler::Refuses).verified(&webhook),
        bytes("/failed").verified(&webhook),
        Route::new("/order", Handler::Order).verified(&webhook),
        Route::new("/event", Handler::Event).verified(&webhook),
        once("/duplicate"),
        once("/in-flight"),
        once("/timed-out"),
        once("/panicked"),
        Route::new("/once-caught", Handler::Catches).verified(&webhook).once(&claims()),
        Route::new("/once-refused", Handler::Refuses).verified(&webhook).once(&claims()),
        bytes("/unconfigured"),
        Route::new("/catches-unconfigured", Handler::Catches),
        bytes("/once-unconfigured").once(&claims()),
        bytes("/once-outside").once(&claims()).verified(&webhook),
        Route::new("/samvas-event", Handler::SamvasEvent).verified(&webhook),
        bytes("/twice").verified(&webhook).verified(&webhook),
        bytes("/no-key").verified(&tokens).once(&claims()),
    ])
}

impl Receiver {
    /// Requires that requests to this path were observed so, and not otherwise.
    #[track_caller]
    fn observed(&self, path: &str, expected: &[&str]) {
        let logged: Vec<_> = self.logged(path).iter().map(ToString::to_string).collect();
        assert_eq!(logged, expected, "{path}");
    }

    /// Requires that this request is answered and observed so.
    async fn observes(&self, case: Case, status: u16, expected: &str) {
        let answer = self.exchange(&case).await;
        assert_eq!(answer.status, status, "{}: {}", case.path, answer.body);
        self.observed(&case.path, &[expected]);
    }
}

pub async fn a_request_has_one_outcome<A: Adapter>() {
    let receiver = start::<A>();
    receiver.observes(case("/accepted", "ok"), 200, ACCEPTED).await;
    receiver.observes(case("/failed", "fail"), 500, ACCEPTED).await;
    let forged = case("/forged", "ok").sent(Body::Declared(b"forged".to_vec()));
    let expected = "INFO webhook rejected: invalid_signature";
    receiver.observes(forged, 401, expected).await;
    let unsigned = case("/unsigned", "ok").without("x-webhook-signature");
    receiver.observes(unsigned, 401, "INFO webhook rejected: missing_signature").await;
    let cut = case("/cut", "ok").sent(Body::Cut(2, b"o".to_vec()));
    receiver.observes(cut, 408, "INFO webhook rejected: body_timeout").await;

    // What a handler answers does not change what became of the delivery.
    let expected = "INFO webhook rejected: not_understood: JSON does not match the expected type: \
                    missing field `size` (line 1, column 2)";
    receiver.observes(case("/caught", "{}"), 200, expected).await;
    receiver.observes(case("/not-caught", r#"{"size":1}"#), 200, ACCEPTED).await;
    let expected = if A::DIFFERENCES.observes_before_the_handler {
        ACCEPTED
    } else {
        "ERROR webhook rejected: unavailable: the handler's database is away"
    };
    receiver.observes(case("/refused", "ok"), 503, expected).await;
}

pub async fn a_deduplicated_request_has_one_outcome<A: Adapter>() {
    let receiver = start::<A>();
    let again = case("/duplicate", "ok");
    receiver.observes(again.clone(), 200, ACCEPTED).await;
    assert_eq!(receiver.exchange(&again).await.body, r#"{"duplicate":true}"#);
    receiver.observed("/duplicate", &[ACCEPTED, DUPLICATE]);

    let held = case("/in-flight", "hold");
    let mut first = receiver.held(&held).await;
    let in_flight = "ERROR webhook rejected: in_flight";
    receiver.observes(held, 503, in_flight).await;
    receiver.site.open();
    assert_eq!(crate::wire::read(&mut first).await.status, 200);
    receiver.observed("/in-flight", &[in_flight, ACCEPTED]);

    let expected = "ERROR webhook rejected: handler_timed_out";
    receiver.observes(case("/timed-out", "stuck"), 503, expected).await;
    let expected = "ERROR webhook rejected: handler_panicked";
    receiver.observes(case("/panicked", "panic"), 500, expected).await;
    let expected = "INFO webhook rejected: not_understood: JSON does not match the expected type: \
                    missing field `size` (line 1, column 2)";
    receiver.observes(case("/once-caught", "{}"), 200, expected).await;
    let expected = "ERROR webhook rejected: unavailable: the handler's database is away";
    receiver.observes(case("/once-refused", "ok"), 503, expected).await;
}

pub async fn a_wrong_set_up_is_logged_with_its_cause<A: Adapter>() {
    let receiver = start::<A>();
    for path in ["/unconfigured", "/once-unconfigured", "/once-outside"] {
        receiver.observes(case(path, "ok"), 500, UNSIGNED).await;
    }
    receiver.observes(case("/catches-unconfigured", "{}"), 200, UNSIGNED).await;
    let expected = "ERROR webhook rejected: not_configured: the handler reads events of `samva`, but this \
                    route verifies requests of `voisnap`";
    receiver.observes(case("/samvas-event", "{}"), 500, expected).await;
    let expected = "ERROR webhook rejected: not_configured: this handler is wrapped in two `VerifyWebhook`: \
                    remove one";
    receiver.observes(case("/twice", "ok"), 500, expected).await;
    let expected = "ERROR webhook rejected: not_configured: the provider sends no delivery id and does not \
                    sign the body: choose a key with `Claims::key`";
    let token = Case::signed(&tokens(), "/no-key", b"ok", NOW, None);
    receiver.observes(token, 500, expected).await;
}

pub async fn json_that_does_not_fit_is_logged_without_its_values<A: Adapter>() {
    let receiver = start::<A>();
    let expected = "INFO webhook rejected: not_understood: JSON does not match the expected type: expected \
                    u32 in `size` (line 1, column 19)";
    receiver.observes(case("/order", r#"{"size":"s3cr3t-12"}"#), 422, expected).await;
    let logged = receiver.logged("/order");
    assert!(logged.iter().all(|event| !event.contains("s3cr3t")), "{logged:?}");
    let expected = "INFO webhook rejected: not_understood: the body is not JSON (line 1, column 1)";
    receiver.observes(case("/event", "s3cr3t"), 422, expected).await;
}

pub async fn neither_queries_nor_bodies_are_logged<A: Adapter>() {
    let receiver = start::<A>();
    for path in
        ["/accepted", "/unconfigured", "/samvas-event", "/twice", "/order", "/once-unconfigured"]
    {
        receiver.exchange(&case(path, r#"{"size":"body-secret"}"#)).await;
        let logged = receiver.logged(path);
        assert_eq!(logged.len(), 1, "{path}");
        assert!(!logged[0].contains("query-secret"), "{logged:?}");
        assert!(!logged[0].contains("body-secret"), "{logged:?}");
    }
    let logged = receiver.logged("/accepted");
    assert_eq!(logged[0].field("provider"), Some("voisnap"));
}

/// Runs the test of this name again, in a process of its own without a subscriber, and reads what that says.
pub fn a_wrong_set_up_is_told_once_on_standard_error<A: Adapter>(test: &str) {
    const CHILD: &str = "WEBHOOK_CONTRACT_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return crate::block_on(mistakes::<A>());
    }
    // Tests are named without their crate.
    let (_, name) = test.split_once("::").unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8(child.stderr).unwrap();
    assert!(child.status.success(), "{said}");
    let told: Vec<_> = said.lines().filter(|line| line.starts_with("webhook: ")).collect();
    let [first, second] = told[..] else { panic!("two lines once: {said}") };
    assert!(first.ends_with(
        "/unconfigured\" answered 500: no `VerifyWebhook` on this route: add it, so that the request is \
         verified before the handler runs"
    ));
    assert_eq!(
        second,
        "webhook: this is said once; install a `tracing` subscriber to see every such error"
    );
    assert!(!said.contains("query-secret"), "{said}");
}

async fn mistakes<A: Adapter>() {
    let receiver = start::<A>();
    for path in ["/unconfigured", "/unconfigured", "/samvas-event", "/twice"] {
        assert_eq!(receiver.exchange(&case(path, "{}")).await.status, 500);
    }
}
