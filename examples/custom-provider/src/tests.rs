//! Requests as the two providers send them. The signatures are ours, made with Python's `hmac`.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt;
use webhook_tower::{Head, UnixTime, Verify};

use super::*;

/// When all requests arrive.
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

const ORDER: &str = r#"{"event":"order.paid","order":"o_1"}"#;
const ORDER_SIGNATURE: &str = "ts=1700000000000;h1=3Hp3xUXsNLyRMhDUswL5+rdfqqMIih3fNvNxWfTDKp0=";
/// 60.001 s before the others.
const STALE_SIGNATURE: &str = "ts=1699999939999;h1=n8wBq9MZdx73FRO1pbi1sJRPpUnqS1FE7DlYWr0Q5BA=";

const TARGET: &str = "/partner?shop=1";
/// Of `hello`, posted to `TARGET`.
const HELLO_SIGNATURE: &str = "2d17c8044f1ef44dcad7afe21894052d572cb2d82ec22236c7810ab32c79cb19";

fn partner() -> Partner {
    Partner::new("partner-secret").unwrap()
}

fn test_app() -> Router {
    let acme = VerifyWebhook::new(acme::Secret::new("acme-secret").unwrap());
    app(acme.clock(|| NOW), VerifyWebhook::new(partner()).clock(|| NOW))
}

/// Sends a request through `app`: the status and the text of its answer.
async fn send(
    app: Router,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &'static str,
) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let text = to_bytes(response.into_body(), 1024).await.unwrap();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

async fn order(headers: &[(&str, &str)], body: &'static str) -> (u16, String) {
    send(test_app(), ("POST", "/acme"), headers, body).await
}

async fn hello(headers: &[(&str, &str)], body: &'static str) -> (u16, String) {
    send(test_app(), ("POST", TARGET), headers, body).await
}

fn refused(status: u16, text: &str) -> (u16, String) {
    (status, format!(r#"{{"error": "{text}"}}"#))
}

#[tokio::test]
async fn a_genuine_order_is_read() {
    let answer = order(&[("Acme-Signature", ORDER_SIGNATURE)], ORDER).await;
    assert_eq!(answer, (200, "order.paid o_1".to_owned()));
}

#[tokio::test]
async fn any_other_order_is_refused() {
    let tampered = r#"{"event":"order.paid","order":"o_2"}"#;
    let malformed = "ts=1700000000000;h1=3Hp3";
    let genuine = ("Acme-Signature", ORDER_SIGNATURE);
    for (headers, body, expected) in [
        (&[genuine][..], tampered, refused(401, "invalid signature")),
        (
            &[("Acme-Signature", STALE_SIGNATURE)],
            ORDER,
            refused(400, "timestamp outside tolerance"),
        ),
        (&[("Acme-Signature", malformed)], ORDER, refused(401, "malformed signature")),
        (&[genuine, genuine], ORDER, refused(401, "malformed signature")),
        (&[], ORDER, refused(401, "missing signature")),
    ] {
        assert_eq!(order(headers, body).await, expected);
    }
}

#[tokio::test]
async fn an_order_is_not_read_from_another_providers_delivery() {
    let webhook = VerifyWebhook::new(partner());
    let app = Router::new().route("/partner", post(ordered).layer(webhook));
    let headers = [("X-Partner-Signature", HELLO_SIGNATURE)];
    let answer = send(app, ("POST", TARGET), &headers, "hello").await;
    assert_eq!(answer, refused(500, "webhook verification is not configured"));
}

#[tokio::test]
async fn a_genuine_greeting_is_received() {
    let headers = [("X-Partner-Signature", HELLO_SIGNATURE)];
    assert_eq!(hello(&headers, "hello").await, (200, "5 bytes".to_owned()));
}

#[tokio::test]
async fn any_other_greeting_is_refused() {
    let genuine = ("X-Partner-Signature", HELLO_SIGNATURE);
    let invalid = refused(401, "invalid signature");
    let malformed = refused(401, "malformed signature");
    assert_eq!(hello(&[genuine], "hallo").await, invalid);
    assert_eq!(hello(&[genuine, genuine], "hello").await, malformed);
    assert_eq!(hello(&[], "hello").await, refused(401, "missing signature"));
    for text in ["", &HELLO_SIGNATURE[2..], &format!("{HELLO_SIGNATURE}00"), &"x".repeat(64)] {
        assert_eq!(hello(&[("X-Partner-Signature", text)], "hello").await, malformed, "{text}");
    }
    for request in [("PUT", TARGET), ("POST", "/partner?shop=2"), ("POST", "/partner")] {
        assert_eq!(send(test_app(), request, &[genuine], "hello").await, invalid, "{request:?}");
    }
}

#[tokio::test]
async fn on_a_nested_router_the_target_is_another() {
    let app = Router::new().nest("/webhooks", test_app());
    let headers = [("X-Partner-Signature", HELLO_SIGNATURE)];
    let answer = send(app, ("POST", "/webhooks/partner?shop=1"), &headers, "hello").await;
    assert_eq!(answer.0, 200, "signed for the target without its prefix");
}

#[test]
fn a_greeting_is_known_again_however_its_signature_is_written() {
    let fingerprint = |signature: &str| {
        let headers = [("X-Partner-Signature", signature)];
        let head = Head::new("POST", TARGET, &headers);
        let delivery = partner().verify(&head, &Bytes::from("hello"), NOW).unwrap();
        delivery.fingerprints().next().unwrap()
    };
    assert_eq!(fingerprint(HELLO_SIGNATURE), fingerprint(&HELLO_SIGNATURE.to_uppercase()));
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(format!("{:?}", partner()), "Partner(..)");
    let acme = acme::Secret::new("acme-secret").unwrap();
    assert_eq!(format!("{acme:?}"), "Secret(acme, 1)");
}
