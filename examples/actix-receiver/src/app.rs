//! The routes, and what is answered on them.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::rt::time::timeout;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use webhook_actix::providers::{samva, svara, voisnap, voxpria};
use webhook_actix::{Delivery, Rejection, RejectionKind, Verified, Verify, VerifyWebhook};

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

/// How each route's deliveries are verified.
#[derive(Clone)]
pub struct Webhooks {
    svara: VerifyWebhook,
    samva: VerifyWebhook,
    voisnap: VerifyWebhook,
    voxpria: VerifyWebhook,
}

impl Webhooks {
    pub fn new(secrets: Secrets) -> Self {
        Self {
            svara: verify(secrets.svara),
            samva: verify(secrets.samva),
            voisnap: verify(secrets.voisnap),
            voxpria: verify(secrets.voxpria),
        }
    }

    pub fn routes(&self, config: &mut ServiceConfig) {
        config
            .route("/healthz", web::get().to(|| async { "ok" }))
            .service(route("/webhooks/svara", &self.svara).route(web::post().to(svara)))
            .service(route("/webhooks/samva", &self.samva).route(web::post().to(samva)))
            .service(route("/webhooks/voisnap", &self.voisnap).route(web::post().to(voisnap)))
            .service(route("/webhooks/voxpria", &self.voxpria).route(web::post().to(voxpria)));
    }
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT)
        .max_buffered(MAX_BUFFERED)
}

fn route(path: &str, webhook: &VerifyWebhook) -> Resource {
    web::resource(path).app_data(webhook.clone())
}

async fn svara(Verified(delivery, event): Verified<svara::Event>) -> HttpResponse {
    answer(&delivery, &event.name, SVARA_LIMIT, work::svara(&event)).await
}

async fn samva(Verified(delivery, event): Verified<samva::Event>) -> HttpResponse {
    let name = event.unsigned_name.as_deref().unwrap_or_default();
    answer(&delivery, name, UNSTATED_LIMIT, work::samva(&event)).await
}

async fn voisnap(Verified(delivery, event): Verified<voisnap::Event>) -> HttpResponse {
    answer(&delivery, &event.name, VOISNAP_LIMIT, work::voisnap(&event)).await
}

async fn voxpria(Verified(delivery, event): Verified<voxpria::Event>) -> HttpResponse {
    answer(&delivery, &event.name, UNSTATED_LIMIT, work::voxpria(&event)).await
}

/// Answers 200 once the work is done; 503 if it fails or takes longer than `limit`, so that the sender
/// sends the event again.
async fn answer(
    delivery: &Delivery,
    name: &str,
    limit: Duration,
    work: impl Future<Output = Result<(), work::Error>>,
) -> HttpResponse {
    let provider = delivery.provider();
    let id = delivery.id().unwrap_or_default();
    match timeout(limit, work).await {
        Ok(Ok(())) => {
            let (name, id) = (stdout::word(name), stdout::word(id));
            stdout::line(format_args!("handled {provider} {name} {id}"));
            return json(StatusCode::OK, r#"{"received":true}"#.to_owned());
        }
        Ok(Err(error)) => tracing::error!(provider, name, id, error, "the work failed"),
        Err(_) => tracing::error!(provider, name, id, ?limit, "the work took too long"),
    }
    let rejection = Rejection::new(RejectionKind::Unavailable);
    json(StatusCode::SERVICE_UNAVAILABLE, rejection.to_json())
}

fn json(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::json()).body(body)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use webhook_actix::{Bytes, Head, UnixTime};

    use super::*;

    async fn status(work: impl Future<Output = Result<(), work::Error>>) -> StatusCode {
        let secret = svara::Secret::new("secret").unwrap();
        let (body, now) = (Bytes::from_static(b"{}"), UnixTime::from_secs(0));
        let headers = secret.sign(&body, now, None).unwrap();
        let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, now).unwrap();
        answer(&delivery, "voice_note.sent", Duration::from_millis(1), work).await.status()
    }

    #[actix_web::test]
    async fn only_work_that_is_done_is_answered_200() {
        assert_eq!(status(ready(Ok(()))).await, StatusCode::OK);
        assert_eq!(
            status(ready(Err("out of order".into()))).await,
            StatusCode::SERVICE_UNAVAILABLE
        );
        assert_eq!(status(pending()).await, StatusCode::SERVICE_UNAVAILABLE, "too slow");
    }
}
