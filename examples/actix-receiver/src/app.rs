//! The routes, and what is answered on them.

use std::time::Duration;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::ContentType;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Route};
use webhook_actix::idempotency::Claims;
use webhook_actix::providers::{samva, svara, voisnap, voxpria};
use webhook_actix::{
    Deduplicate, Delivery, Rejection, RejectionKind, Verified, VerifiedRejection, Verify,
    VerifyWebhook,
};

use crate::ops::Readiness;
use crate::secrets::Secrets;
use crate::{stdout, unread, work};

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

/// How each route's deliveries are verified, and handled once.
#[derive(Clone)]
pub struct Webhooks {
    svara: (VerifyWebhook, Deduplicate),
    samva: (VerifyWebhook, Deduplicate),
    voisnap: (VerifyWebhook, Deduplicate),
    voxpria: (VerifyWebhook, Deduplicate),
    readiness: Readiness,
}

impl Webhooks {
    /// `claims` knows what is being handled: whoever stops the routes waits for it.
    pub fn new(secrets: Secrets, claims: &Claims, readiness: &Readiness) -> Self {
        let once = |endpoint, limit| {
            Deduplicate::new(claims.clone().endpoint(endpoint).handler_timeout(limit))
        };
        Self {
            svara: (verify(secrets.svara), once("svara", SVARA_LIMIT)),
            samva: (verify(secrets.samva), once("samva", UNSTATED_LIMIT)),
            voisnap: (verify(secrets.voisnap), once("voisnap", VOISNAP_LIMIT)),
            voxpria: (verify(secrets.voxpria), once("voxpria", UNSTATED_LIMIT)),
            readiness: readiness.clone(),
        }
    }

    pub fn routes(&self, config: &mut ServiceConfig) {
        config
            .configure(|config| self.readiness.routes(config))
            .service(resource("/webhooks/svara", &self.svara, web::post().to(svara)))
            .service(resource("/webhooks/samva", &self.samva, web::post().to(samva)))
            .service(resource("/webhooks/voisnap", &self.voisnap, web::post().to(voisnap)))
            .service(resource("/webhooks/voxpria", &self.voxpria, web::post().to(voxpria)))
            .default_service(web::route().to(HttpResponse::NotFound).wrap(from_fn(unread::close)));
    }
}

fn resource(
    path: &str,
    (verify, once): &(VerifyWebhook, Deduplicate),
    route: Route,
) -> impl HttpServiceFactory + use<> {
    // The last to be wrapped is the first to see a request.
    web::resource(path).wrap(once.clone()).wrap(verify.clone()).route(route)
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret)
        .body_limit(BODY_LIMIT)
        .body_timeout(BODY_TIMEOUT)
        .max_buffered(MAX_BUFFERED)
}

/// The rejection is answered as the middleware would answer it.
type Answer = Result<HttpResponse, VerifiedRejection>;

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
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(r#"{"received":true}"#))
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use actix_web::ResponseError as _;
    use actix_web::http::StatusCode;
    use webhook_actix::testing;

    use super::*;

    async fn status(work: impl Future<Output = Result<(), work::Error>>) -> StatusCode {
        let secret = svara::Secret::new("secret").unwrap();
        let delivery = testing::delivery(&secret, "{}");
        let answer = answer(&delivery, "voice_note.sent", work).await;
        answer.map_or_else(|rejection| rejection.status_code(), |response| response.status())
    }

    #[actix_web::test]
    async fn only_work_that_is_done_is_answered_200() {
        assert_eq!(status(ready(Ok(()))).await, StatusCode::OK);
        assert_eq!(
            status(ready(Err("out of order".into()))).await,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
