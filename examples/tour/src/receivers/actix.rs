use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::ContentType;
use actix_web::web::Data;
use actix_web::{App, HttpResponse, HttpServer, web};
use webhook_actix::providers::{samva, svara, voisnap, voxpria};
use webhook_actix::{Deduplicate, Payload, Verified, Verify, VerifyWebhook};

use super::{BODY_LIMIT, FAILED, RECEIVED, Work};

pub fn start(
    listener: TcpListener,
    [svara, samva, voisnap, voxpria]: [&str; 4],
    work: Arc<Work>,
) -> Result<(), Box<dyn Error>> {
    let svara = verify(svara::Secret::new(svara)?);
    let samva = verify(samva::Secret::new(samva)?);
    let voisnap = verify(voisnap::Secret::new(voisnap)?);
    let voxpria = verify(voxpria::Secret::new(voxpria)?);
    let (work, once) = (Data::from(work), Deduplicate::new(super::claims()));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(work.clone())
            .service(resource::<svara::Event>("/webhooks/svara", &svara, &once))
            .service(resource::<samva::Event>("/webhooks/samva", &samva, &once))
            .service(resource::<voisnap::Event>("/webhooks/voisnap", &voisnap, &once))
            .service(resource::<voxpria::Event>("/webhooks/voxpria", &voxpria, &once))
    });
    tokio::spawn(server.workers(1).disable_signals().listen(listener)?.run());
    Ok(())
}

fn resource<E: Payload + 'static>(
    path: &str,
    webhook: &VerifyWebhook,
    once: &Deduplicate,
) -> impl HttpServiceFactory + use<E> {
    // The last to be wrapped is the first to see a request.
    web::resource(path).wrap(once.clone()).wrap(webhook.clone()).route(web::post().to(receive::<E>))
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret).body_limit(BODY_LIMIT)
}

/// Runs for authentic deliveries only, of the provider whose event it takes, and once for each.
async fn receive<E>(work: Data<Work>, Verified(delivery, _): Verified<E>) -> HttpResponse {
    let (mut response, text) = match work.on(&delivery).await {
        true => (HttpResponse::Ok(), RECEIVED),
        false => (HttpResponse::InternalServerError(), FAILED),
    };
    response.content_type(ContentType::json()).body(text)
}
