//! The receiver's route, and what is answered on it.

use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use webhook_tower::axum::{Verified, VerifiedRejection};
use webhook_tower::idempotency::Claims;
use webhook_tower::providers::voisnap;
use webhook_tower::{Deduplicate, Rejection, RejectionKind, UnixTime, VerifyWebhook};

use crate::batches::Batches;
use crate::message::{BODY_LIMIT, Message};
use crate::queue::Queue;

/// Where Voisnap sends to. Also the name under which deliveries are claimed here.
pub const ENDPOINT: &str = "/webhooks/voisnap";

// Voisnap waits 5 s for the body to arrive and to be stored, so the limits add up to less.
const BODY_TIMEOUT: Duration = Duration::from_millis(2500);
const SEND_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an attempt to send may take: there is time for another.
pub const PATIENCE: Duration = Duration::from_millis(900);

/// What all bodies that are arriving may hold; past it, senders are told to come again.
const MAX_BUFFERED: usize = 16 * BODY_LIMIT;

/// `claims` knows what is being sent to the queue: whoever stops the routes waits for it.
pub fn app(secret: voisnap::Secret, claims: &Claims, queue: &Queue) -> Router {
    let verify = VerifyWebhook::new(secret)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT)
        .max_buffered(MAX_BUFFERED);
    let once = Deduplicate::new(claims.clone().endpoint(ENDPOINT).handler_timeout(SEND_TIMEOUT));
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route(ENDPOINT, post(enqueue).route_layer((verify, once)))
        .with_state(Batches::new(queue, SEND_TIMEOUT))
}

/// Runs once a delivery is claimed. What it answers decides about the claim: 200 commits it, 503 releases it.
async fn enqueue(
    State(batches): State<Batches>,
    Verified(delivery, event): Verified<voisnap::Event>,
) -> Result<Response, VerifiedRejection> {
    let now = UnixTime::from(SystemTime::now());
    let Some(message) = Message::new(ENDPOINT, &delivery, &event, now) else {
        return Err(Rejection::new(RejectionKind::NotConfigured).into());
    };
    if let Err(error) = batches.send(message).await {
        tracing::error!(%error, id = delivery.id(), "not sent to the queue");
        return Err(Rejection::new(RejectionKind::Unavailable).into());
    }
    Ok(([(CONTENT_TYPE, "application/json")], r#"{"received":true}"#).into_response())
}
