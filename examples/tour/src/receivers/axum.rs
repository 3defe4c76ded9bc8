use std::error::Error;
use std::future::pending;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::routing::post;
use webhook_tower::axum::Verified;
use webhook_tower::providers::{samva, svara, voisnap, voxpria};
use webhook_tower::{Deduplicate, SecretError, Verify, VerifyWebhook};

use super::{BODY_LIMIT, FAILED, RECEIVED, Work, server};

pub fn start(
    listener: TcpListener,
    secrets: [&str; 4],
    work: Arc<Work>,
) -> Result<(), Box<dyn Error>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let app = app(secrets)?.with_state(work);
    tokio::spawn(server::run(listener, app, server::max_connections(), pending()));
    Ok(())
}

fn app([svara, samva, voisnap, voxpria]: [&str; 4]) -> Result<Router<Arc<Work>>, SecretError> {
    let once = Deduplicate::new(super::claims());
    let svara = (verify(svara::Secret::new(svara)?), once.clone());
    let samva = (verify(samva::Secret::new(samva)?), once.clone());
    let voisnap = (verify(voisnap::Secret::new(voisnap)?), once.clone());
    let voxpria = (verify(voxpria::Secret::new(voxpria)?), once.clone());
    Ok(Router::new()
        .route("/webhooks/svara", post(receive::<svara::Event>).route_layer(svara))
        .route("/webhooks/samva", post(receive::<samva::Event>).route_layer(samva))
        .route("/webhooks/voisnap", post(receive::<voisnap::Event>).route_layer(voisnap))
        .route("/webhooks/voxpria", post(receive::<voxpria::Event>).route_layer(voxpria)))
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret).body_limit(BODY_LIMIT)
}

/// Runs for authentic deliveries only, of the provider whose event it takes, and once for each.
async fn receive<E>(
    State(work): State<Arc<Work>>,
    Verified(delivery, _): Verified<E>,
) -> (StatusCode, [(HeaderName, &'static str); 1], &'static str) {
    let (status, text) = match work.on(&delivery).await {
        true => (StatusCode::OK, RECEIVED),
        false => (StatusCode::INTERNAL_SERVER_ERROR, FAILED),
    };
    (status, [(CONTENT_TYPE, "application/json")], text)
}
