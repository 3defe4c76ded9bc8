//! For tests of your service: requests and deliveries that a provider could have sent.
//!
//! ```
//! use axum::{Router, body::Body, http::StatusCode, routing::post};
//! use tower::ServiceExt as _;
//! use webhook_tower::{Bytes, VerifyWebhook, axum::Verified, providers::svara, testing};
//!
//! async fn handle(Verified(_, body): Verified<Bytes>) -> StatusCode {
//!     if body.is_empty() { StatusCode::NO_CONTENT } else { StatusCode::OK }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let secret = svara::Secret::new("test-secret").unwrap();
//! let webhook = VerifyWebhook::new(secret.clone());
//! let app: Router = Router::new().route("/hook", post(handle).route_layer(webhook));
//!
//! let request = testing::signed::<_, Body>(&secret, "/hook", r#"{"event":"voice_note.sent"}"#);
//! assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::OK);
//!
//! // The handler alone.
//! let delivery = testing::delivery(&secret, "{}");
//! let body = delivery.body().clone();
//! assert_eq!(handle(Verified(delivery, body)).await, StatusCode::OK);
//! # }
//! ```

#![allow(clippy::panic, clippy::missing_panics_doc, reason = "tests fail by panicking")]

use bytes::Bytes;
use http::Request;
use webhook_core::{Key, SchemeProvider};

pub use webhook_core::testing::{DELIVERY_ID, delivery};

/// A POST of `body` to `target` (path and query), signed now.
pub fn signed<P: SchemeProvider, B: From<Bytes>>(
    key: &Key<P>,
    target: &str,
    body: impl Into<Bytes>,
) -> Request<B> {
    let body = body.into();
    let mut request = Request::post(target).header("content-type", "application/json");
    for (name, value) in webhook_core::testing::signed_headers(key, target, &body) {
        request = request.header(name, value);
    }
    request
        .body(B::from(body))
        .unwrap_or_else(|error| panic!("a test request cannot be built: {error}"))
}
