use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, map_request};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use webhook_tower::axum::Verified;
use webhook_tower::providers::{samva, voisnap};
use webhook_tower::{Bytes, Json, VerifyWebhook};

use super::{BUDGET, HURRY, LARGE, LIMIT, NOW, Receiver};

pub(crate) async fn start() -> Receiver {
    // One counter for each receiver, alive as long as its server.
    let handled: &AtomicUsize = Box::leak(Box::default());
    let count = axum::middleware::from_fn(move |request: Request, next: Next| async move {
        let response = next.run(request).await;
        if response.status() == 200 {
            handled.fetch_add(1, Ordering::SeqCst);
        }
        response
    });
    let webhook = || VerifyWebhook::new(super::voisnap()).clock(|| NOW).body_limit(LIMIT);
    let swap = map_request(|request: Request| async { request.map(|_| Body::from("swapped")) });
    let app = Router::new()
        .route("/event", post(event).layer(webhook()))
        .route("/bytes", post(bytes).layer(webhook()))
        .route("/wrapped", post(bytes).layer(webhook()))
        .route("/string", post(string).layer(webhook()))
        .route("/json", post(json).layer(webhook()))
        .route("/large", post(bytes).layer(webhook().body_limit(LARGE)))
        .route("/hurried", post(bytes).layer(webhook().body_timeout(HURRY)))
        .route("/budget", post(bytes).layer(webhook().body_limit(LARGE).max_buffered(BUDGET)))
        .route("/swapped", post(bytes).route_layer(swap).layer(webhook()))
        .route("/unconfigured", post(bytes))
        .route("/samvas-event", post(samvas_event).layer(webhook()))
        .route("/twice", post(bytes).layer((webhook(), webhook())))
        .layer(count);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    Receiver { name: "axum", address, handled }
}

async fn bytes(Verified(_, body): Verified<Bytes>) -> Bytes {
    body
}

async fn string(Verified(_, body): Verified<String>) -> String {
    body
}

async fn json(Verified(_, Json(body)): Verified<Json<Value>>) -> String {
    body.to_string()
}

async fn event(Verified(delivery, event): Verified<voisnap::Event>) -> String {
    format!("{} {}", event.name, delivery.id().unwrap_or("-"))
}

async fn samvas_event(Verified(_, event): Verified<samva::Event>) -> String {
    event.json.to_string()
}
