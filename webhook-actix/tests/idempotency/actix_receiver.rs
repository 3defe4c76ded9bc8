use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, post, resource};
use actix_web::{App, HttpResponse, HttpServer, rt};
use webhook_actix::idempotency::Claims;
use webhook_actix::providers::svara::body_time;
use webhook_actix::{Deduplicate, Json, Verified, Verify, VerifyWebhook};

use super::NOW;
use super::site::{self, Breakable, Receiver, Site};

pub(crate) fn start(store: Arc<Breakable>) -> Receiver {
    let site = Site::new();
    let claims = site::claims(&store);
    let (ready, address) = mpsc::channel();
    thread::spawn({
        let claims = claims.clone();
        move || rt::System::new().block_on(serve(site, claims, ready))
    });
    let address = address.recv().unwrap();
    Receiver { name: "actix", address, gate: &site.gate, store, claims, site, server: None }
}

async fn serve(site: &'static Site, claims: Claims, ready: mpsc::Sender<SocketAddr>) {
    let current = verify(site::secret());
    let routes: [(&str, VerifyWebhook, Claims); 8] = [
        ("/once", current.clone(), claims.clone()),
        ("/before", verify(site::old_secret()), claims.clone()),
        ("/open", current.clone(), claims.clone().fail_open()),
        ("/chosen", current.clone(), claims.clone().key(site::chosen_key)),
        ("/apart", current.clone(), claims.clone().tell_equal_bodies_apart()),
        ("/samva", verify(site::samva()), claims.clone()),
        ("/stripe", verify(site::stripe()), claims.clone()),
        (
            "/aged",
            verify(site::svara()),
            claims.clone().max_age(Duration::from_secs(3600), body_time),
        ),
    ];
    let server = HttpServer::new(move || {
        let once = |claims: &Claims| Deduplicate::new(claims.clone());
        let app = App::new().app_data(Data::new(site));
        let app = app.service(resource("/unverified").wrap(once(&claims)).route(post().to(handle)));
        let app = app.service(
            resource("/json").wrap(once(&claims)).wrap(current.clone()).route(post().to(json)),
        );
        routes.iter().fold(app, |app, (path, webhook, claims)| {
            let resource = resource(*path).wrap(once(claims)).wrap(webhook.clone());
            // A request is routed through data too, which actix-web wants the only reference for.
            app.service(resource.app_data(webhook.clone()).route(post().to(handle)))
        })
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    ready.send(server.addrs()[0]).unwrap();
    server.run().await.unwrap();
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret).clock(|| NOW)
}

async fn handle(site: Data<&'static Site>, Verified(_, body): Verified<String>) -> HttpResponse {
    let (status, text) = site.handle(&body).await;
    HttpResponse::build(StatusCode::from_u16(status).unwrap()).body(text)
}

async fn json(_: Verified<Json<serde_json::Value>>) -> web::Bytes {
    web::Bytes::new()
}
