//! The layer and the extractor in axum apps.
#![cfg(feature = "axum")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not their helpers"
)]

mod common;

use axum::body::Body;
use axum::extract::{MatchedPath, Path, State};
use axum::middleware::{Next, from_fn, map_request};
use axum::routing::{get, post};
use axum::{Extension, Router};
use bytes::Bytes;
use common::{kind, request, webhook};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use webhook_core::{Rejection, RejectionKind};
use webhook_tower::axum::{Verified, extract};
use webhook_tower::providers::{samva, voisnap};
use webhook_tower::secrets::Endpoint;
use webhook_tower::{Json, Received, VerifyWebhook};

async fn verified(Verified(delivery, body): Verified<String>) -> String {
    format!("{} {body}", delivery.provider())
}

async fn plain(body: Bytes) -> Bytes {
    body
}

async fn send(app: &Router, request: Request<Body>) -> (StatusCode, String, Option<RejectionKind>) {
    let response: Response<Body> = app.clone().oneshot(request).await.unwrap();
    let (status, kind) = (response.status(), kind(&response));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap(), kind)
}

fn genuine() -> Request<Body> {
    request(b"{}", Body::from("{}"))
}

fn forged() -> Request<Body> {
    request(b"{}", Body::from("[]"))
}

#[tokio::test]
async fn the_layer_stands_on_a_route_in_each_of_the_ways_that_axum_has() {
    let path = "/webhooks";
    let ways: [Router; 5] = [
        Router::new().route(path, post(verified).layer(webhook())),
        Router::new().route(path, post(verified).route_layer(webhook())),
        Router::new().route(path, post(verified)).layer(webhook()),
        Router::new().route(path, post(verified)).route_layer(webhook()),
        Router::new().nest("/webhooks", Router::new().route("/", post(verified).layer(webhook()))),
    ];
    for (index, app) in ways.iter().enumerate() {
        let (status, body, _) = send(app, genuine()).await;
        assert_eq!((status.as_u16(), &*body), (200, "voisnap {}"), "way {index}");
        assert_eq!(send(app, forged()).await.0, 401, "way {index}");
    }
}

#[tokio::test]
async fn on_a_route_it_leaves_other_routes_and_with_route_layer_other_methods_alone() {
    let app = Router::new()
        .route("/healthz", get(|| async { "well" }))
        .route("/webhooks", post(verified).route_layer(webhook()));
    let get = |path| Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(send(&app, get("/healthz")).await.0, 200);
    assert_eq!(send(&app, get("/nowhere")).await.0, 404);
    assert_eq!(send(&app, get("/webhooks")).await.0, 405);
}

#[tokio::test]
async fn plain_extractors_see_the_verified_body() {
    async fn all(
        State(name): State<&'static str>,
        Extension(received): Extension<Received>,
        axum::Json(body): axum::Json<serde_json::Value>,
    ) -> String {
        format!("{name} {} {body}", received.delivery().id().unwrap_or("-"))
    }
    let app = Router::new()
        .route("/json", post(all).layer(webhook()))
        .route("/bytes", post(plain).layer(webhook()))
        .with_state("state");
    let mut json = genuine();
    *json.uri_mut() = "/json".parse().unwrap();
    json.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(send(&app, json).await.1, "state dlv_1 {}");

    let mut bytes = genuine();
    *bytes.uri_mut() = "/bytes".parse().unwrap();
    assert_eq!(send(&app, bytes).await.1, "{}");
}

#[tokio::test]
async fn axums_body_limit_holds_for_plain_extractors_only() {
    let large = Bytes::from(vec![b'a'; 3 * 1024 * 1024]);
    let webhook = || webhook().body_limit(4 * 1024 * 1024);
    let app = |handler: axum::routing::MethodRouter| Router::new().route("/webhooks", handler);
    let sent = || request(&large, Body::from(large.clone()));
    assert_eq!(send(&app(post(verified).layer(webhook())), sent()).await.0, 200);
    assert_eq!(send(&app(post(plain).layer(webhook())), sent()).await.0, 413);
}

#[tokio::test]
async fn verified_reads_what_was_verified_whatever_happened_to_the_body_since() {
    let swap =
        map_request(|request: Request<Body>| async { request.map(|_| Body::from("swapped")) });
    let app = |handler: axum::routing::MethodRouter| {
        Router::new().route("/webhooks", handler.route_layer(swap.clone()).layer(webhook()))
    };
    assert_eq!(send(&app(post(verified)), genuine()).await.1, "voisnap {}");
    assert_eq!(send(&app(post(plain)), genuine()).await.1, "swapped");
}

#[tokio::test]
async fn two_extractors_read_the_same_delivery() {
    async fn twice(
        Verified(_, Json(json)): Verified<Json<serde_json::Value>>,
        Verified(_, text): Verified<String>,
    ) -> String {
        format!("{json} {text}")
    }
    let app = Router::new().route("/webhooks", post(twice).layer(webhook()));
    assert_eq!(send(&app, genuine()).await.1, "{} {}");
}

#[tokio::test]
async fn without_the_right_verification_before_it_a_handler_does_not_run() {
    async fn unreachable(_: Verified<Bytes>) {
        unreachable!()
    }
    async fn unreachable_event(_: Verified<samva::Event>) {
        unreachable!()
    }
    for handler in [
        post(unreachable),
        post(unreachable_event).layer(webhook()),
        post(unreachable).layer((webhook(), webhook())),
    ] {
        let app = Router::new().route("/webhooks", handler);
        let (status, body, kind) = send(&app, genuine()).await;
        assert_eq!(status, 500);
        assert_eq!(body, r#"{"error": "webhook verification is not configured"}"#);
        assert_eq!(kind, Some(RejectionKind::NotConfigured));
    }
}

#[tokio::test]
async fn the_chosen_response_is_also_that_of_the_extractor() {
    async fn event(_: Verified<voisnap::Event>) {}
    let webhook = webhook().on_rejection(|_| {
        let mut response = Response::new(Bytes::from_static(b"chosen"));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    });
    let app = Router::new().route("/webhooks", post(event).layer(webhook));
    let (status, body, kind) = send(&app, genuine()).await;
    assert_eq!((status.as_u16(), &*body), (418, "chosen"));
    assert_eq!(kind, Some(RejectionKind::NotUnderstood));
}

/// In a struct field, a function's argument and a state: no type parameter comes along.
#[tokio::test]
async fn it_can_be_kept_without_naming_the_provider() {
    #[derive(Clone)]
    struct Webhooks {
        each: Vec<(&'static str, VerifyWebhook)>,
    }
    let webhooks = Webhooks { each: vec![("/webhooks", webhook()), ("/other", webhook())] };
    let app = webhooks.each.into_iter().fold(Router::new(), |app: Router, (path, webhook)| {
        app.route(path, post(verified).layer(webhook))
    });
    assert_eq!(send(&app, genuine()).await.0, 200);
}

#[tokio::test]
async fn with_the_frameworks_body_its_middleware_may_stand_inside() {
    async fn seen(request: Request<Body>, next: Next) -> Response<Body> {
        let id = request.extensions().get::<Received>().and_then(|it| it.delivery().id()).is_some();
        let mut response = next.run(request).await;
        response.headers_mut().insert("x-seen", id.to_string().parse().unwrap());
        response
    }
    let layers = (webhook().body_type::<Body>(), from_fn(seen));
    let app = Router::new().route("/webhooks", post(plain).route_layer(layers));
    let response = app.clone().oneshot(genuine()).await.unwrap();
    assert_eq!(response.headers()["x-seen"], "true");
    assert_eq!(send(&app, genuine()).await.1, "{}");
    assert_eq!(send(&app, forged()).await.0, 401);
}

#[tokio::test]
async fn a_rejection_tells_whose_request_it_was() {
    async fn event(_: Verified<voisnap::Event>) {}
    let app = Router::new().route("/webhooks", post(event).route_layer(webhook()));
    for (request, label) in [(forged(), "invalid_signature"), (genuine(), "not_understood")] {
        let response = app.clone().oneshot(request).await.unwrap();
        let rejection = response.extensions().get::<Rejection>().unwrap();
        assert_eq!((rejection.provider(), rejection.label()), ("voisnap", label));
    }
}

#[tokio::test]
async fn a_lookup_sees_the_parameters_of_the_whole_path_below_nest() {
    type Params = (String, String);

    async fn endpoint(Verified(delivery, _): Verified<Bytes>) -> String {
        delivery.endpoint().unwrap_or_default().to_owned()
    }

    let webhook = VerifyWebhook::per_request(|parts| {
        let Path((region, tenant)) = extract::<Path<Params>>(parts).unwrap();
        let matched = extract::<MatchedPath>(parts).unwrap();
        assert_eq!(matched.as_str(), "/regions/{region}/webhooks/{tenant}");
        assert!(extract::<Path<u32>>(parts).is_none(), "there are two, and none is a number");
        Endpoint::new(format!("{tenant} in {region}"), common::secret()).into()
    });
    let webhook = webhook.clock(|| common::NOW);
    let routes = Router::new().route("/webhooks/{tenant}", post(endpoint).route_layer(webhook));
    let app = Router::new().nest("/regions/{region}", routes);
    let to = |mut request: Request<Body>| {
        *request.uri_mut() = "/regions/eu/webhooks/a%20b?token=1".parse().unwrap();
        request
    };
    let (status, body, _) = send(&app, to(genuine())).await;
    assert_eq!((status.as_u16(), &*body), (200, "a b in eu"));
    assert_eq!(send(&app, to(forged())).await.0, 401);
}
