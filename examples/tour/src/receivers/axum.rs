use std::error::Error;
use std::net::TcpListener;

use axum::Router;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::routing::post;
use webhook_tower::axum::Verified;
use webhook_tower::providers::{samva, svara, voisnap, voxpria};
use webhook_tower::{SecretError, Verify, VerifyWebhook};

use super::{BODY_LIMIT, RECEIVED};

pub fn start(listener: TcpListener, secrets: [&str; 4]) -> Result<(), Box<dyn Error>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(axum::serve(listener, app(secrets)?).into_future());
    Ok(())
}

fn app([svara, samva, voisnap, voxpria]: [&str; 4]) -> Result<Router, SecretError> {
    let svara = verify(svara::Secret::new(svara)?);
    let samva = verify(samva::Secret::new(samva)?);
    let voisnap = verify(voisnap::Secret::new(voisnap)?);
    let voxpria = verify(voxpria::Secret::new(voxpria)?);
    Ok(Router::new()
        .route("/webhooks/svara", post(receive::<svara::Event>).layer(svara))
        .route("/webhooks/samva", post(receive::<samva::Event>).layer(samva))
        .route("/webhooks/voisnap", post(receive::<voisnap::Event>).layer(voisnap))
        .route("/webhooks/voxpria", post(receive::<voxpria::Event>).layer(voxpria)))
}

fn verify(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret).body_limit(BODY_LIMIT)
}

/// Runs for authentic deliveries only, of the provider whose event it takes.
async fn receive<E>(_: Verified<E>) -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "application/json")], RECEIVED)
}
