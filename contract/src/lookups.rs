//! Receivers that look up the endpoint of each request.
#![allow(missing_docs, reason = "the names of tests are sentences")]

use std::collections::HashMap;
use std::future::pending;
use std::time::Duration;

use webhook_core::providers::voisnap;
use webhook_core::{Endpoint, Lookup};
use webhook_idempotency::{Claims, MemoryStore};

use tracing::Level;

use crate::NOW;
use crate::adapter::Adapter;
use crate::case::{Answer, Body, Case};
use crate::logs;
use crate::receiver::Receiver;
use crate::route::{Handler, Route, Webhook};

/// Runs these tests for an [`Adapter`].
#[macro_export]
macro_rules! lookups {
    ($adapter:ident) => {
        $crate::tests! { $adapter, lookups:
            a_secret_opens_its_endpoint_only
            a_request_without_an_endpoint_looks_like_one_with_a_wrong_signature
            an_unknown_endpoint_of_a_known_provider_cannot_be_told_from_a_wrong_secret
            a_lookup_that_fails_or_hangs_is_answered_503
            every_endpoint_shares_the_limits
            the_endpoint_is_logged
            a_span_follows_the_request
        }
    };
}

const TENANTS: [&str; 2] = ["a", "b"];
const LIMIT: usize = 1024;

pub(crate) fn secret(tenant: &str) -> voisnap::Secret {
    voisnap::Secret::new(format!("whsec_of_{tenant}")).unwrap()
}

/// The last part of the path names the tenant, or what the lookup does.
pub(crate) fn look_up(path: &str) -> Lookup {
    let endpoints = TENANTS.map(|tenant| (tenant, Endpoint::new(tenant, secret(tenant))));
    let found = |tenant| HashMap::from(endpoints).remove(tenant);
    match path.rsplit('/').next().unwrap() {
        "unknown-later" => Lookup::later(async { Ok::<_, &str>(None) }),
        "a-later" => {
            let endpoint = found("a");
            Lookup::later(async { Ok::<_, &str>(endpoint) })
        }
        "fails" => Lookup::later(async { Err("the database is away") }),
        "failed" => Lookup::failed("the path has no parameter"),
        "hangs" => Lookup::later(pending::<Result<_, &str>>()),
        "decoy" => Lookup::Ready(None).or(&Endpoint::unknown(secret("decoy"))),
        "decoy-later" => {
            let lookup = Lookup::later(async { Ok::<_, &str>(None) });
            lookup.or(&Endpoint::unknown(secret("decoy")))
        }
        tenant => Lookup::Ready(found(tenant)),
    }
}

fn start<A: Adapter>() -> Receiver {
    let webhook = Webhook {
        body_limit: LIMIT,
        body_timeout: Duration::from_millis(500),
        ..Webhook::looking_up(look_up)
    };
    let route = |path: &str| Route::new(path, Handler::Endpoint).verified(&webhook);
    let paths = [
        "/a",
        "/b",
        "/a-later",
        "/unknown",
        "/unknown-later",
        "/decoy",
        "/decoy-later",
        "/fails",
        "/hangs",
        "/failed",
    ];
    Receiver::start::<A>(paths.map(route).into())
}

fn case(path: &str, tenant: &str) -> Case {
    Case::signed(&secret(tenant), path, b"{}", NOW, Some("dlv_1"))
}

pub async fn a_secret_opens_its_endpoint_only<A: Adapter>() {
    let receiver = start::<A>();
    for (path, tenant) in [("/a", "a"), ("/b", "b"), ("/a-later", "a")] {
        let handled = Answer::new(200, format!("handled at {tenant}"));
        assert_eq!(receiver.exchange(&case(path, tenant)).await, handled);
    }
    for (path, tenant) in [("/a", "b"), ("/b", "a"), ("/a-later", "b")] {
        let refused = Answer::refusal(401, "invalid signature");
        assert_eq!(receiver.exchange(&case(path, tenant)).await, refused);
    }
    assert_eq!(receiver.site.handled(), 3);
}

pub async fn a_request_without_an_endpoint_looks_like_one_with_a_wrong_signature<A: Adapter>() {
    let receiver = start::<A>();
    for path in ["/unknown", "/unknown-later"] {
        let refused = Answer::refusal(401, "invalid signature");
        assert_eq!(receiver.exchange(&case(path, "a")).await, refused);
        // Its body is read.
        assert_eq!(receiver.exchange(&case(path, "a").chunked(1)).await, refused);
        let slow = case(path, "a").sent(Body::Cut(2, b"{".to_vec()));
        assert_eq!(receiver.exchange(&slow).await, Answer::refusal(408, "body timed out"));
        let large = case(path, "a").sent(Body::Declared(vec![b'a'; LIMIT + 1]));
        assert_eq!(receiver.exchange(&large).await, Answer::refusal(413, "body too large"));
    }
    assert_eq!(receiver.site.handled(), 0);
}

pub async fn an_unknown_endpoint_of_a_known_provider_cannot_be_told_from_a_wrong_secret<
    A: Adapter,
>() {
    let receiver = start::<A>();
    let signature = "x-webhook-signature";
    let forged = |path| case(path, "nobody");
    let cases = |path| {
        [
            forged(path),
            forged(path).without(signature),
            forged(path).with(signature, "?"),
            forged(path).without("x-webhook-timestamp"),
            forged(path).with("x-webhook-timestamp", "1"),
            forged(path).chunked(1),
            forged(path).sent(Body::Cut(2, b"{".to_vec())),
            forged(path).sent(Body::Declared(vec![b'a'; LIMIT + 1])),
        ]
    };
    for path in ["/decoy", "/decoy-later"] {
        for (case, known) in cases(path).iter().zip(cases("/a")) {
            let (unknown, known) = (receiver.exchange(case).await, receiver.exchange(&known).await);
            assert_eq!(unknown, known);
            assert!(unknown.status >= 400);
        }
        // Its own secret opens it no more than others.
        let refused = Answer::refusal(401, "invalid signature");
        assert_eq!(receiver.exchange(&case(path, "decoy")).await, refused);
    }
    assert_eq!(receiver.site.handled(), 0);
}

pub async fn a_lookup_that_fails_or_hangs_is_answered_503<A: Adapter>() {
    let receiver = start::<A>();
    for path in ["/fails", "/failed", "/hangs"] {
        let unavailable = Answer::refusal(503, "temporarily unavailable");
        assert_eq!(receiver.exchange(&case(path, "a")).await, unavailable);
    }
    // Strangers can cause it at will: one in ten seconds is a warning, and the cause of each is at DEBUG.
    for (path, cause) in [
        ("/fails", "the database is away"),
        ("/failed", "the path has no parameter"),
        ("/hangs", "the lookup of the endpoint took too long"),
    ] {
        let [logged] = &receiver.logged(path)[..] else { panic!("one event at {path}") };
        assert!(matches!(logged.level, Level::WARN | Level::DEBUG), "{logged}");
        let expected = format!("{} webhook rejected: lookup_failed: {cause}", logged.level);
        assert_eq!(logged.to_string(), expected);
    }
}

pub async fn every_endpoint_shares_the_limits<A: Adapter>() {
    let receiver = start::<A>();
    for path in ["/a", "/b", "/a-later"] {
        let large = case(path, "a").sent(Body::Declared(vec![b'a'; LIMIT + 1]));
        let expected = Answer::refusal(413, "body too large");
        assert_eq!(receiver.exchange(&large).await, expected, "{path}");
    }
}

pub async fn the_endpoint_is_logged<A: Adapter>() {
    let receiver = start::<A>();
    receiver.exchange(&case("/a", "a")).await;
    receiver.exchange(&case("/a", "b")).await;
    receiver.exchange(&case("/unknown", "b")).await;
    receiver.exchange(&case("/decoy", "b")).await;
    let endpoints = |path| {
        let logged = receiver.logged(path);
        let fields = logged.iter().map(|event| {
            (
                event.field("provider").unwrap().to_owned(),
                event.field("endpoint").map(str::to_owned),
            )
        });
        fields.collect::<Vec<_>>()
    };
    let of_a = ("voisnap".to_owned(), Some("a".to_owned()));
    assert_eq!(endpoints("/a"), [of_a.clone(), of_a]);
    assert_eq!(endpoints("/unknown"), [(String::new(), None)]);
    assert_eq!(endpoints("/decoy"), [("voisnap".to_owned(), None)]);
}

pub async fn a_span_follows_the_request<A: Adapter>() {
    let secret = voisnap::Secret::new("whsec_previous").unwrap();
    let webhook = Webhook::looking_up(|_| {
        let secret = voisnap::Secret::new("whsec_current").unwrap();
        Endpoint::new("rotated", secret.or_previous("whsec_previous").unwrap()).into()
    });
    let claims = Claims::new(MemoryStore::new(100)).clock(|| NOW);
    let mut route = Route::new("/span", Handler::Bytes).verified(&webhook);
    let runs_the_handler = !A::DIFFERENCES.observes_before_the_handler;
    if runs_the_handler {
        // Its task is in the span, too.
        route = route.once(&claims);
    }
    let receiver = Receiver::start::<A>(vec![route]);
    // Of its own, by which its handler's event is found.
    let body = format!("span of {}", std::any::type_name::<A>());
    let case = Case::signed(&secret, "/span", body.as_bytes(), NOW, Some("dlv_1"));
    assert_eq!(receiver.exchange(&case).await.status, 200);
    let forged = case.clone().sent(Body::Declared(b"forged".to_vec()));
    assert_eq!(receiver.exchange(&forged).await.status, 401);

    let fields = |outcome: &str, key: Option<&str>| {
        let mut fields = logs::Fields::from([
            ("name", "webhook".to_owned()),
            ("provider", "voisnap".to_owned()),
            ("endpoint", "rotated".to_owned()),
            ("outcome", outcome.to_owned()),
        ]);
        fields.extend(key.map(|key| ("key", key.to_owned())));
        Some(fields)
    };
    let [accepted, refused] = &receiver.logged("/span")[..] else { panic!("two requests") };
    assert_eq!(accepted.span(), fields("accepted", Some("1")));
    assert_eq!(refused.span(), fields("invalid_signature", None));
    if runs_the_handler {
        let handled =
            logs::matching(|event| event.field("body").is_some_and(|it| it.contains(&body)));
        assert_eq!(handled[0].span(), fields("accepted", Some("1")));
    }
}
