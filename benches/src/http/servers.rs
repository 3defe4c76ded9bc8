//! The receivers that are measured, each in a process of its own.

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, web};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Router, serve as serve_axum};
use bytes::Bytes;
use clap::ValueEnum;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use webhook_benches::requests::SECRET;
use webhook_core::providers::samva;
use webhook_tower::axum::Verified;
use webhook_tower::{Json, VerifyWebhook};

/// A receiver in Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Server {
    AxumLayer,
    AxumLayerJson,
    AxumUnverified,
    AxumByHand,
    ActixExtractor,
    ActixUnverified,
}

pub(crate) const PATH: &str = "/webhooks/samva";

/// Serves on a free port, which it prints, until its input ends.
pub(crate) fn serve(server: Server) {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    let layer = VerifyWebhook::new(secret());
    let route = match server {
        Server::AxumLayer => post(verified).route_layer(layer),
        Server::AxumLayerJson => post(verified_json).route_layer(layer),
        Server::AxumUnverified => post(unverified),
        Server::AxumByHand => {
            post(by_hand).with_state(Hmac::new_from_slice(SECRET.as_bytes()).unwrap())
        }
        Server::ActixExtractor => return actix(listener, true),
        Server::ActixUnverified => return actix(listener, false),
    };
    let app = Router::new().route(PATH, route).layer(DefaultBodyLimit::max(1024 * 1024));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        serve_axum(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
    });
}

fn secret() -> samva::Secret {
    samva::Secret::new(SECRET).unwrap()
}

async fn verified(Verified(_, body): Verified<Bytes>) -> &'static str {
    std::hint::black_box(body);
    "OK"
}

async fn verified_json(Verified(_, event): Verified<Json<Value>>) -> &'static str {
    std::hint::black_box(event);
    "OK"
}

async fn unverified(body: Bytes) -> &'static str {
    std::hint::black_box(body);
    "OK"
}

/// What a careful user writes without us: the key expanded once, hex decoded, compared in constant time.
async fn by_hand(
    State(key): State<Hmac<Sha256>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<&'static str, StatusCode> {
    let claimed = headers
        .get("x-webhook-signature")
        .and_then(|value| value.as_bytes().strip_prefix(b"sha256="))
        .and_then(|text| {
            let mut tag = [0; 32];
            const_hex::decode_to_slice(text, &mut tag).ok()?;
            Some(tag)
        })
        .ok_or(StatusCode::UNAUTHORIZED)?;
    let mut mac = key;
    mac.update(&body);
    mac.verify_slice(&claimed).map_err(|_| StatusCode::UNAUTHORIZED)?;
    Ok("OK")
}

fn actix(listener: TcpListener, verifies: bool) {
    let webhook = webhook_actix::VerifyWebhook::new(secret());
    let server = HttpServer::new(move || {
        let resource = web::resource(PATH);
        App::new().service(if verifies {
            resource.app_data(webhook.clone()).route(web::post().to(actix_verified))
        } else {
            let limit = web::PayloadConfig::new(1024 * 1024);
            resource.app_data(limit).route(web::post().to(actix_unverified))
        })
    });
    let server = server.workers(1).listen(listener).unwrap();
    actix_web::rt::System::new().block_on(server.run()).unwrap();
}

async fn actix_verified(
    webhook_actix::Verified(_, body): webhook_actix::Verified<Bytes>,
) -> HttpResponse {
    std::hint::black_box(body);
    HttpResponse::Ok().body("OK")
}

async fn actix_unverified(body: Bytes) -> HttpResponse {
    std::hint::black_box(body);
    HttpResponse::Ok().body("OK")
}
