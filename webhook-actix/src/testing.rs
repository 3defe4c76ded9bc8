//! For tests of your service: requests and deliveries that a provider could have sent.
//!
//! ```
//! use actix_web::{App, HttpResponse, test, web};
//! use webhook_actix::{Bytes, Verified, VerifyWebhook, providers::svara, testing};
//!
//! async fn handle(Verified(_, body): Verified<Bytes>) -> HttpResponse {
//!     if body.is_empty() { HttpResponse::NoContent() } else { HttpResponse::Ok() }.finish()
//! }
//!
//! # #[actix_web::main] async fn main() {
//! let secret = svara::Secret::new("test-secret").unwrap();
//! let webhook = VerifyWebhook::new(secret.clone());
//! let app = App::new()
//!     .service(web::resource("/hook").app_data(webhook).route(web::post().to(handle)));
//! let app = test::init_service(app).await;
//!
//! let request = testing::signed(&secret, "/hook", r#"{"event":"voice_note.sent"}"#);
//! assert_eq!(test::call_service(&app, request.to_request()).await.status(), 200);
//!
//! // The handler alone.
//! let delivery = testing::delivery(&secret, "{}");
//! let body = delivery.body().clone();
//! assert_eq!(handle(Verified(delivery, body)).await.status(), 200);
//! # }
//! ```

use actix_web::test::TestRequest;
use webhook_core::{Bytes, Key, SchemeProvider};

pub use webhook_core::testing::{DELIVERY_ID, delivery};

/// A POST of `body` to `target` (path and query), signed now.
///
/// # Panics
///
/// If the key cannot sign, since it is a public key.
pub fn signed<P: SchemeProvider>(
    key: &Key<P>,
    target: &str,
    body: impl Into<Bytes>,
) -> TestRequest {
    let body = body.into();
    let headers = webhook_core::testing::signed_headers(key, target, &body);
    let request =
        TestRequest::post().uri(target).insert_header(("content-type", "application/json"));
    headers.into_iter().fold(request, TestRequest::insert_header).set_payload(body)
}
