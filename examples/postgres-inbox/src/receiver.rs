//! The routes that senders send to: what is authentic is stored, and then answered 200.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use webhook_tower::axum::{Verified, VerifiedRejection};
use webhook_tower::providers::{samva, svara, voisnap, voxpria};
use webhook_tower::{Delivery, Rejection, RejectionKind, Verify, VerifyWebhook};

use crate::inbox::{Inbox, Stored};
use crate::secrets::Secrets;

/// Together with the time that storing may take, it is less than the 5 s that the strictest sender waits.
const BODY_TIMEOUT: Duration = Duration::from_millis(2500);
/// The largest body. Events are a few KiB; a transcript may make one larger.
const BODY_LIMIT: usize = 1024 * 1024;
/// What all bodies that are arriving on one route may hold; past it, senders are told to come again.
const MAX_BUFFERED: usize = 16 * BODY_LIMIT;

/// The headers that are kept with a delivery. None is signed. Signatures are not among them: who sees the log
/// need not be able to send the request again.
const KEPT_HEADERS: [&str; 4] = ["content-type", "date", "user-agent", "x-request-id"];

pub fn app(secrets: Secrets, inbox: Inbox) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/webhooks/svara", post(svara).route_layer(verify(secrets.svara)))
        .route("/webhooks/samva", post(samva).route_layer(verify(secrets.samva)))
        .route("/webhooks/voisnap", post(voisnap).route_layer(verify(secrets.voisnap)))
        .route("/webhooks/voxpria", post(voxpria).route_layer(verify(secrets.voxpria)))
        .with_state(inbox)
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT)
        .max_buffered(MAX_BUFFERED)
}

/// The rejection is answered as the layer would answer it.
type Answer = Result<Response, VerifiedRejection>;

async fn svara(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    Verified(delivery, event): Verified<svara::Event>,
) -> Answer {
    store(&inbox, "/webhooks/svara", &delivery, &event.name, &headers).await
}

async fn samva(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    Verified(delivery, event): Verified<samva::Event>,
) -> Answer {
    // Samva names the event in a header, if at all.
    let name = event.unsigned_name.as_deref().unwrap_or("-");
    store(&inbox, "/webhooks/samva", &delivery, name, &headers).await
}

async fn voisnap(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    Verified(delivery, event): Verified<voisnap::Event>,
) -> Answer {
    store(&inbox, "/webhooks/voisnap", &delivery, &event.name, &headers).await
}

async fn voxpria(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    Verified(delivery, event): Verified<voxpria::Event>,
) -> Answer {
    store(&inbox, "/webhooks/voxpria", &delivery, &event.name, &headers).await
}

/// Answers 200 once the delivery is stored; 503 if it is not, so that the sender sends it again.
async fn store(
    inbox: &Inbox,
    endpoint: &str,
    delivery: &Delivery,
    event: &str,
    headers: &HeaderMap,
) -> Answer {
    let kept =
        KEPT_HEADERS.iter().filter_map(|name| Some((*name, headers.get(*name)?.to_str().ok()?)));
    let kept: Vec<_> = kept.collect();
    match inbox.store(endpoint, delivery, event, &kept).await {
        Ok(Stored::New) => Ok(json(r#"{"received":true}"#)),
        Ok(Stored::Duplicate) => Ok(json(r#"{"duplicate":true}"#)),
        Err(error) => {
            let (provider, id) = (delivery.provider(), delivery.id().unwrap_or_default());
            tracing::error!(provider, event, id, error, "could not be stored");
            Err(Rejection::new(RejectionKind::Unavailable).into())
        }
    }
}

fn json(body: &'static str) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
