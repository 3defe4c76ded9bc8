use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use actix_web::dev::{Payload, Service as _};
use actix_web::web::{self, JsonConfig, PayloadConfig, post, resource};
use actix_web::{App, HttpServer, rt};
use serde_json::Value;
use webhook_actix::providers::{samva, voisnap};
use webhook_actix::{Bytes, Json, Verified, VerifyWebhook};

use super::{BUDGET, HURRY, LARGE, LIMIT, NOW, Receiver};

pub(crate) fn start() -> Receiver {
    let handled: &AtomicUsize = Box::leak(Box::default());
    let (ready, address) = mpsc::channel();
    thread::spawn(move || rt::System::new().block_on(serve(handled, ready)));
    Receiver { name: "actix", address: address.recv().unwrap(), handled }
}

async fn serve(handled: &'static AtomicUsize, ready: mpsc::Sender<SocketAddr>) {
    let webhook = || VerifyWebhook::new(super::voisnap()).clock(|| NOW).body_limit(LIMIT);
    let (plain, other) = (webhook(), webhook());
    let large = webhook().body_limit(LARGE);
    let hurried = webhook().body_timeout(HURRY);
    let budget = webhook().body_limit(LARGE).max_buffered(BUDGET);
    let server = HttpServer::new(move || {
        let at = |path: &str| resource(path).app_data(plain.clone());
        App::new()
            // The frameworks' own limits take no part.
            .app_data(PayloadConfig::new(1))
            .app_data(JsonConfig::default().limit(1))
            .wrap_fn(move |request, service| {
                let response = service.call(request);
                async move {
                    let response = response.await?;
                    if response.status() == 200 {
                        handled.fetch_add(1, Ordering::SeqCst);
                    }
                    Ok(response)
                }
            })
            .service(at("/event").route(post().to(event)))
            .service(at("/bytes").route(post().to(bytes)))
            .service(resource("/wrapped").wrap(plain.clone()).route(post().to(bytes)))
            .service(at("/string").route(post().to(string)))
            .service(at("/json").route(post().to(json)))
            .service(resource("/large").app_data(large.clone()).route(post().to(bytes)))
            .service(resource("/hurried").app_data(hurried.clone()).route(post().to(bytes)))
            .service(resource("/budget").app_data(budget.clone()).route(post().to(bytes)))
            .service(
                resource("/swapped")
                    .wrap_fn(|mut request, service| {
                        request.set_payload(Payload::from(Bytes::from_static(b"swapped")));
                        service.call(request)
                    })
                    .wrap(plain.clone())
                    .route(post().to(bytes)),
            )
            .service(resource("/unconfigured").route(post().to(bytes)))
            .service(at("/samvas-event").route(post().to(samvas_event)))
            .service(
                resource("/twice").wrap(plain.clone()).wrap(other.clone()).route(post().to(bytes)),
            )
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    ready.send(server.addrs()[0]).unwrap();
    server.run().await.unwrap();
}

async fn bytes(Verified(_, body): Verified<Bytes>) -> Bytes {
    body
}

async fn string(Verified(_, body): Verified<String>) -> String {
    body
}

async fn json(Verified(_, Json(body)): Verified<Json<Value>>) -> web::Bytes {
    body.to_string().into()
}

async fn event(Verified(delivery, event): Verified<voisnap::Event>) -> String {
    format!("{} {}", event.name, delivery.id().unwrap_or("-"))
}

async fn samvas_event(Verified(_, event): Verified<samva::Event>) -> String {
    event.json.to_string()
}
