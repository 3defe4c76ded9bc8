//! Verifies the webhooks of four providers that the library does not know.
//!
//! Run with
//!
//! ```text
//! ACME_SECRET=acme-secret \
//! COURIER_PUBLIC_KEY=ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c \
//! MARKET_SECRET=market-secret PIGEON_SECRET=pigeon-secret PUBLIC_URL=https://hooks.example.com \
//!     cargo run -p example-custom-provider
//! ```
//!
//! and send it what Acme would:
//!
//! ```text
//! $ body='{"event":"order.paid","order":"o_1"}' now=$(date +%s)000
//! $ signature=$(printf %s "$now:$body" | openssl dgst -sha256 -hmac acme-secret -binary | base64)
//! $ curl http://127.0.0.1:3000/acme -d "$body" -H "Acme-Signature: ts=$now;h1=$signature"
//! order.paid o_1
//! ```
//!
//! `cargo run -p example-custom-provider -- worker` is Courier's worker: see `work`.

#![forbid(unsafe_code)]

mod acme;
mod courier;
mod market;
mod pigeon;
mod registry;
#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::SystemTime;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_tower::axum::Verified;
use webhook_tower::custom::{PublicUrl, SecretText};
use webhook_tower::providers::Credentials;
use webhook_tower::{UnixTime, VerifyWebhook};

#[tokio::main]
async fn main() -> ExitCode {
    let done = match env::args().nth(1).as_deref() {
        Some("worker") => work(),
        _ => serve().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    // Without a path: that of each request is added.
    let url = env::var("PUBLIC_URL").map_err(|error| format!("PUBLIC_URL: {error}"))?;
    let market = SecretText::from_env("MARKET_SECRET")?;
    // By its name, as a service does whose endpoints are in a configuration.
    let pigeon = registry::find("pigeon").ok_or("no such provider")?;
    let credentials =
        Credentials::new(SecretText::from_env("PIGEON_SECRET")?).for_url(PublicUrl::new(&url)?);
    let app = app(Webhooks {
        acme: VerifyWebhook::new(acme::Secret::from_env("ACME_SECRET")?),
        courier: VerifyWebhook::new(courier::PublicKey::from_env("COURIER_PUBLIC_KEY")?),
        market: VerifyWebhook::new(market::Secret::read_for_url(&market, &url)?),
        pigeon: VerifyWebhook::new(pigeon.verifier(&credentials)?),
    });
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener =
        TcpListener::bind(&bind).await.map_err(|error| format!("BIND={bind}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// Courier's worker: reads a message a line from standard input, which stands for the queue.
fn work() -> Result<(), Box<dyn Error>> {
    for message in std::io::stdin().lines() {
        let (delivery, event) = courier::from_message(&message?)?;
        println!("{} {} {}", delivery.provider(), event.parcel, event.status);
    }
    Ok(())
}

struct Webhooks {
    acme: VerifyWebhook,
    courier: VerifyWebhook,
    market: VerifyWebhook,
    pigeon: VerifyWebhook,
}

fn app(webhooks: Webhooks) -> Router {
    Router::new()
        .route("/acme", post(ordered).route_layer(webhooks.acme))
        .route("/courier", post(moved).route_layer(webhooks.courier))
        .route("/market", post(paid).route_layer(webhooks.market))
        .route("/pigeon", post(delivered).route_layer(webhooks.pigeon))
}

async fn ordered(Verified(_, event): Verified<acme::Event>) -> String {
    format!("{} {}", event.event, event.order.unwrap_or_default())
}

/// The answer stands for a queue: send the message to yours, and answer once it is there.
async fn moved(Verified(delivery, event): Verified<courier::Event>) -> String {
    courier::to_message(&delivery, &event, UnixTime::from(SystemTime::now()))
}

async fn paid(Verified(_, event): Verified<market::Event>) -> String {
    format!("{} {}", event.event_id, event.payment)
}

/// A hint is not signed: good for logs, not for decisions.
async fn delivered(Verified(delivery, event): Verified<pigeon::Event>) -> String {
    let hint = delivery.unsigned_hint("pigeon-event").unwrap_or("-");
    format!("{} {} {hint}", event.message, event.status)
}
