//! What is actix-web's own: where the configuration stands, and what else reads the body.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not their helpers"
)]

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::to_bytes;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::test::{self, TestRequest};
use actix_web::web::{self, post, resource, scope};
use actix_web::{App, HttpMessage as _, HttpResponse, Responder};
use webhook_actix::providers::{samva, voisnap};
use webhook_actix::secrets::Endpoint;
use webhook_actix::{
    Received, Rejection, RejectionKind, UnixTime, Verified, Verify, VerifyWebhook,
};

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

fn secret(text: &str) -> voisnap::Secret {
    voisnap::Secret::new(text).unwrap()
}

fn webhook(text: &str) -> VerifyWebhook {
    VerifyWebhook::new(secret(text)).clock(|| NOW)
}

/// A delivery of `{}` that is genuine under the secret.
fn signed_with(text: &str) -> TestRequest {
    let mut request = TestRequest::post().uri("/webhooks").set_payload("{}");
    for header in secret(text).sign(b"{}", NOW, Some("dlv_1")).unwrap() {
        request = request.insert_header(header);
    }
    request
}

async fn read(Verified(delivery, body): Verified<String>) -> String {
    format!("{} {body}", delivery.provider())
}

/// The status, the body, and the kind of rejection that the response carries.
async fn answer(response: ServiceResponse) -> (u16, String, Option<RejectionKind>) {
    let kind = response.response().extensions().get::<Rejection>().map(Rejection::kind);
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap(), kind)
}

/// What an app answers to a request.
macro_rules! ask {
    ($app:expr, $request:expr) => {{
        let app = test::init_service($app).await;
        answer(test::call_service(&app, $request.to_request()).await.map_into_boxed_body()).await
    }};
}

#[actix_web::test]
async fn the_innermost_configuration_counts() {
    let app = || {
        App::new().app_data(webhook("app")).service(
            scope("").app_data(webhook("scope")).service(
                resource("/webhooks").app_data(webhook("resource")).route(post().to(read)),
            ),
        )
    };
    assert_eq!(ask!(app(), signed_with("resource")).1, "voisnap {}");
    assert_eq!(ask!(app(), signed_with("scope")).0, 401);
    assert_eq!(ask!(app(), signed_with("app")).0, 401);

    let scoped = App::new().app_data(webhook("app")).service(
        scope("").app_data(webhook("scope")).service(resource("/webhooks").route(post().to(read))),
    );
    assert_eq!(ask!(scoped, signed_with("scope")).0, 200);

    let on_the_app = App::new().app_data(webhook("app")).route("/webhooks", post().to(read));
    assert_eq!(ask!(on_the_app, signed_with("app")).0, 200);
}

#[actix_web::test]
async fn a_configuration_in_data_is_none() {
    let app =
        App::new().app_data(web::Data::new(webhook("secret"))).route("/webhooks", post().to(read));
    let (status, _, kind) = ask!(app, signed_with("secret"));
    assert_eq!((status, kind), (500, Some(RejectionKind::NotConfigured)));
}

#[actix_web::test]
async fn a_middleware_and_the_extractor_verify_once_between_them() {
    let webhook = webhook("secret");
    let app = App::new().service(
        resource("/webhooks").app_data(webhook.clone()).wrap(webhook).route(post().to(read)),
    );
    assert_eq!(ask!(app, signed_with("secret")).1, "voisnap {}");
}

#[actix_web::test]
async fn a_delivery_of_another_configuration_does_not_count() {
    // Alike, but not the same: which of them is meant is a mistake to find at once.
    for text in ["secret", "other"] {
        let app = App::new().service(
            resource("/webhooks")
                .app_data(webhook(text))
                .wrap(webhook("secret"))
                .route(post().to(read)),
        );
        let (status, _, kind) = ask!(app, signed_with("secret"));
        assert_eq!((status, kind), (500, Some(RejectionKind::NotConfigured)));
    }
}

#[actix_web::test]
async fn a_middleware_leaves_the_delivery_and_the_body() {
    async fn plain(request: actix_web::HttpRequest, body: web::Bytes) -> impl Responder {
        let received = request.extensions().get::<Received>().cloned();
        let id = received.and_then(|it| it.delivery().id().map(str::to_owned));
        format!("{} {}", id.unwrap_or_default(), String::from_utf8_lossy(&body))
    }
    let app = || {
        App::new().service(resource("/webhooks").wrap(webhook("secret")).route(post().to(plain)))
    };
    assert_eq!(ask!(app(), signed_with("secret")).1, "dlv_1 {}");
    assert_eq!(ask!(app(), signed_with("other")).2.map(RejectionKind::status), Some(401));
}

#[actix_web::test]
async fn rejections_can_be_answered_otherwise() {
    let chosen = |text| {
        webhook(text).on_rejection(|rejection| {
            let told = format!("{} {}", rejection.provider(), rejection.label());
            HttpResponse::ImATeapot().body(told)
        })
    };
    let extractor = App::new().app_data(chosen("secret")).route("/webhooks", post().to(read));
    let middleware =
        App::new().service(resource("/webhooks").wrap(chosen("secret")).route(post().to(read)));
    let expected = (
        StatusCode::IM_A_TEAPOT.as_u16(),
        "voisnap invalid_signature".to_owned(),
        Some(RejectionKind::Verify(webhook_actix::custom::VerifyErrorKind::InvalidSignature)),
    );
    assert_eq!(ask!(extractor, signed_with("other")), expected);
    assert_eq!(ask!(middleware, signed_with("other")), expected);
}

#[actix_web::test]
async fn a_verify_of_any_type_will_do() {
    let shared: Arc<dyn Verify> = Arc::new(samva::Secret::new("secret").unwrap());
    let mut request = TestRequest::post().uri("/webhooks").set_payload("{}");
    for header in samva::Secret::new("secret").unwrap().sign(b"{}", NOW, None).unwrap() {
        request = request.insert_header(header);
    }
    let app = App::new().app_data(VerifyWebhook::new(shared)).route("/webhooks", post().to(read));
    assert_eq!(ask!(app, request).1, "samva {}");
}

#[actix_web::test]
async fn durations_may_be_as_long_as_they_can_be() {
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX / 4), Duration::from_secs(1 << 40)]
    {
        for now in [UnixTime::from_millis(0), UnixTime::from_millis(u64::MAX)] {
            let webhook = VerifyWebhook::new(secret("secret").with_tolerance(Duration::MAX))
                .clock(move || now)
                .body_timeout(timeout);
            let app = App::new().app_data(webhook).route("/webhooks", post().to(read));
            assert_eq!(ask!(app, signed_with("secret")).0, 200, "{timeout:?} {now:?}");
        }
    }
}

#[actix_web::test]
async fn debug_shows_settings_and_no_secret() {
    let shown = format!("{:?}", webhook("whsec_shown"));
    assert!(shown.contains("voisnap") && shown.contains("1048576"), "{shown}");
    assert!(!shown.contains("whsec_shown"), "{shown}");
}

#[actix_web::test]
async fn a_lookup_sees_the_parameters_of_the_whole_path_in_a_scope() {
    async fn endpoint(Verified(delivery, _): Verified<String>) -> String {
        delivery.endpoint().unwrap_or_default().to_owned()
    }

    let webhook = VerifyWebhook::per_request(|request| {
        let part = |name| request.match_info().get(name).unwrap();
        let id = format!("{} in {}", part("tenant"), part("region"));
        Endpoint::new(id, secret("text")).into()
    });
    let webhook = webhook.clock(|| NOW);
    let extractor = resource("/extractor/{tenant}").app_data(webhook.clone());
    let middleware = resource("/middleware/{tenant}").wrap(webhook);
    let app = || {
        let routes = scope("/regions/{region}");
        App::new().service(
            routes
                .service(extractor.route(post().to(endpoint)))
                .service(middleware.route(post().to(endpoint))),
        )
    };
    let app = test::init_service(app()).await;
    for path in ["/regions/eu/extractor/acme", "/regions/eu/middleware/acme"] {
        for (text, expected) in [("text", 200), ("other", 401)] {
            let request = signed_with(text).uri(path).to_request();
            let response = test::call_service(&app, request).await.map_into_boxed_body();
            let (status, body, _) = answer(response).await;
            assert_eq!(status, expected, "{path}: {body}");
            assert!(status != 200 || body == "acme in eu", "{body}");
        }
    }
}
