//! The routes, and what is answered on them.

use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use webhook_tower::axum::{Verified, VerifiedRejection};
use webhook_tower::idempotency::Claims;
use webhook_tower::providers::{samva, svara, voisnap, voxpria};
use webhook_tower::{Deduplicate, Delivery, Rejection, RejectionKind, Verify, VerifyWebhook};

use crate::ops::Readiness;
use crate::secrets::Secrets;
use crate::{stdout, work};

// A sender waits for the body and the work together, so their limits add up to less than it waits.
const BODY_TIMEOUT: Duration = Duration::from_millis(2500);
/// Svara waits 10 s.
const SVARA_LIMIT: Duration = Duration::from_secs(7);
/// Voisnap waits 5 s.
const VOISNAP_LIMIT: Duration = Duration::from_secs(2);
/// Samva and VoxPria do not say how long they wait, so no longer than the strictest of the others.
const UNSTATED_LIMIT: Duration = VOISNAP_LIMIT;

/// The largest body. Events are a few KiB; a transcript may make one larger.
const BODY_LIMIT: usize = 1024 * 1024;
/// What all bodies that are arriving on one route may hold; past it, senders are told to come again.
const MAX_BUFFERED: usize = 16 * BODY_LIMIT;

/// `claims` knows what is being handled: whoever stops the routes waits for it.
pub fn app(secrets: Secrets, claims: &Claims, readiness: &Readiness) -> Router {
    let once = |endpoint, limit| {
        Deduplicate::new(claims.clone().endpoint(endpoint).handler_timeout(limit))
    };
    let svara_layers = (verify(secrets.svara), once("svara", SVARA_LIMIT));
    let samva_layers = (verify(secrets.samva), once("samva", UNSTATED_LIMIT));
    let voisnap_layers = (verify(secrets.voisnap), once("voisnap", VOISNAP_LIMIT));
    let voxpria_layers = (verify(secrets.voxpria), once("voxpria", UNSTATED_LIMIT));
    Router::new()
        .merge(readiness.routes())
        .route("/webhooks/svara", post(svara).route_layer(svara_layers))
        .route("/webhooks/samva", post(samva).route_layer(samva_layers))
        .route("/webhooks/voisnap", post(voisnap).route_layer(voisnap_layers))
        .route("/webhooks/voxpria", post(voxpria).route_layer(voxpria_layers))
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT)
        .max_buffered(MAX_BUFFERED)
}

/// The rejection is answered as the layer would answer it.
type Answer = Result<Response, VerifiedRejection>;

async fn svara(Verified(delivery, event): Verified<svara::Event>) -> Answer {
    answer(&delivery, &event.name, work::svara(&event)).await
}

async fn samva(Verified(delivery, event): Verified<samva::Event>) -> Answer {
    let name = event.unsigned_name.as_deref().unwrap_or_default();
    answer(&delivery, name, work::samva(&event)).await
}

async fn voisnap(Verified(delivery, event): Verified<voisnap::Event>) -> Answer {
    answer(&delivery, &event.name, work::voisnap(&event)).await
}

async fn voxpria(Verified(delivery, event): Verified<voxpria::Event>) -> Answer {
    answer(&delivery, &event.name, work::voxpria(&event)).await
}

/// Answers 200 once the work is done; 503 if it fails, so that the sender sends the event again. If it takes
/// too long, that is answered for us.
async fn answer(
    delivery: &Delivery,
    name: &str,
    work: impl Future<Output = Result<(), work::Error>>,
) -> Answer {
    let provider = delivery.provider();
    let id = delivery.id().unwrap_or_default();
    if let Err(error) = work.await {
        tracing::error!(provider, name, id, error, "the work failed");
        return Err(Rejection::new(RejectionKind::Unavailable).into());
    }
    let (name, id) = (stdout::word(name), stdout::word(id));
    stdout::line(format_args!("handled {provider} {name} {id}"));
    Ok(([(CONTENT_TYPE, "application/json")], r#"{"received":true}"#).into_response())
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use axum::http::StatusCode;
    use webhook_tower::testing;

    use super::*;

    async fn status(work: impl Future<Output = Result<(), work::Error>>) -> StatusCode {
        let secret = svara::Secret::new("secret").unwrap();
        let delivery = testing::delivery(&secret, "{}");
        answer(&delivery, "voice_note.sent", work).await.into_response().status()
    }

    #[tokio::test]
    async fn only_work_that_is_done_is_answered_200() {
        assert_eq!(status(ready(Ok(()))).await, StatusCode::OK);
        assert_eq!(
            status(ready(Err("out of order".into()))).await,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
