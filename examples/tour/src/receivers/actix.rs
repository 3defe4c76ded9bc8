use std::error::Error;
use std::net::TcpListener;

use actix_web::http::header::ContentType;
use actix_web::{App, HttpResponse, HttpServer, web};
use webhook_actix::providers::{samva, svara, voisnap, voxpria};
use webhook_actix::{Payload, Verified, Verify, VerifyWebhook};

use super::{BODY_LIMIT, RECEIVED};

pub fn start(
    listener: TcpListener,
    [svara, samva, voisnap, voxpria]: [&str; 4],
) -> Result<(), Box<dyn Error>> {
    let svara = verify(svara::Secret::new(svara)?);
    let samva = verify(samva::Secret::new(samva)?);
    let voisnap = verify(voisnap::Secret::new(voisnap)?);
    let voxpria = verify(voxpria::Secret::new(voxpria)?);
    let server = HttpServer::new(move || {
        App::new()
            .service(resource::<svara::Event>("/webhooks/svara", &svara))
            .service(resource::<samva::Event>("/webhooks/samva", &samva))
            .service(resource::<voisnap::Event>("/webhooks/voisnap", &voisnap))
            .service(resource::<voxpria::Event>("/webhooks/voxpria", &voxpria))
    });
    tokio::spawn(server.workers(1).disable_signals().listen(listener)?.run());
    Ok(())
}

fn resource<E: Payload + 'static>(path: &str, webhook: &VerifyWebhook) -> actix_web::Resource {
    web::resource(path).app_data(webhook.clone()).route(web::post().to(receive::<E>))
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret).body_limit(BODY_LIMIT)
}

/// Runs for authentic deliveries only, of the provider whose event it takes.
async fn receive<E>(_: Verified<E>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(RECEIVED)
}
