//! Events as AWS sends them. None of the tests needs AWS.

use lambda_http::http::StatusCode;
use lambda_http::request::from_str;
use lambda_http::tower::ServiceExt;
use serde_json::{Map, Value, json};
use webhook_tower::{Bytes, testing};

use super::*;

const EVENT: &str = r#"{"event":"voice_note.sent"}"#;
/// The same in base64.
const EVENT_BASE64: &str = "eyJldmVudCI6InZvaWNlX25vdGUuc2VudCJ9";

fn secret() -> svara::Secret {
    svara::Secret::new("test-secret").unwrap()
}

/// The headers of a delivery with this body, as JSON.
fn headers(body: &'static str) -> Map<String, Value> {
    let request = testing::signed::<_, Bytes>(&secret(), "/webhook", body);
    let headers = request.headers().iter();
    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect()
}

/// The same as `multiValueHeaders` has them.
fn multi_value(headers: Map<String, Value>) -> Map<String, Value> {
    headers.into_iter().map(|(name, value)| (name, json!([value]))).collect()
}

/// Sends an event to the function: the status and the text of its answer.
async fn send(event: &Value) -> (StatusCode, String) {
    let request = from_str(&event.to_string()).unwrap();
    let response = function(VerifyWebhook::new(secret())).oneshot(request).await.unwrap();
    let response = response.into_response().await;
    let Body::Text(text) = response.body() else { panic!("no text: {:?}", response.body()) };
    (response.status(), text.clone())
}

/// The event of a function URL or an HTTP API.
fn http_api(headers: &Map<String, Value>, body: &Value, is_base64: bool) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/webhook",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "http": { "method": "POST", "path": "/webhook" },
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The event of a REST API, which has its headers twice.
fn rest_api(headers: &Map<String, Value>, body: &Value) -> Value {
    json!({
        "resource": "/webhook",
        "path": "/webhook",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": multi_value(headers.clone()),
        "requestContext": { "httpMethod": "POST", "stage": "prod", "resourcePath": "/webhook" },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The event of a load balancer whose target group has multi-value headers.
fn load_balancer(headers: &Map<String, Value>, body: &Value) -> Value {
    json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:..." } },
        "httpMethod": "POST",
        "path": "/webhook",
        "multiValueHeaders": multi_value(headers.clone()),
        "body": body,
        "isBase64Encoded": false,
    })
}

fn received() -> (StatusCode, String) {
    (StatusCode::OK, "received voice_note.sent".to_owned())
}

fn refused(status: StatusCode, text: &str) -> (StatusCode, String) {
    (status, format!(r#"{{"error": "{text}"}}"#))
}

#[tokio::test]
async fn a_body_of_text_is_received() {
    let (headers, body) = (headers(EVENT), json!(EVENT));
    for event in [
        http_api(&headers, &body, false),
        rest_api(&headers, &body),
        load_balancer(&headers, &body),
    ] {
        assert_eq!(send(&event).await, received(), "{event}");
    }
}

#[tokio::test]
async fn a_body_in_base64_is_received() {
    let event = http_api(&headers(EVENT), &json!(EVENT_BASE64), true);
    assert_eq!(send(&event).await, received());
}

#[tokio::test]
async fn an_empty_body_is_verified_and_holds_no_event() {
    let expected = refused(StatusCode::UNPROCESSABLE_ENTITY, "payload not understood");
    for body in [Value::Null, json!("")] {
        let (status, text) = send(&http_api(&headers(""), &body, false)).await;
        assert_eq!((status, text), expected);
    }
}

#[tokio::test]
async fn any_other_request_is_refused() {
    let genuine = headers(EVENT);
    let invalid = refused(StatusCode::UNAUTHORIZED, "invalid signature");
    assert_eq!(send(&http_api(&genuine, &json!("{}"), false)).await, invalid);
    assert_eq!(send(&rest_api(&genuine, &Value::Null)).await, invalid);
    let missing = refused(StatusCode::UNAUTHORIZED, "missing signature");
    assert_eq!(send(&load_balancer(&Map::new(), &json!(EVENT))).await, missing);
}
