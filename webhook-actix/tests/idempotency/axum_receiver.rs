use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_tower::axum::Verified;
use webhook_tower::idempotency::Claims;
use webhook_tower::providers::svara::body_time;
use webhook_tower::{Deduplicate, Json, Verify, VerifyWebhook};

use super::NOW;
use super::site::{self, Breakable, Receiver, Site};

pub(crate) async fn start(store: Arc<Breakable>) -> Receiver {
    let site = Site::new();
    let claims = site::claims(&store);
    let verify = |secret: &dyn Fn() -> VerifyWebhook| secret().clock(|| NOW);
    let once = |secret: VerifyWebhook, claims: Claims| (secret, Deduplicate::new(claims));
    let current = || verify(&|| new(site::secret()));
    let app = Router::new()
        .route("/once", post(handle).layer(once(current(), claims.clone())))
        .route(
            "/before",
            post(handle).layer(once(verify(&|| new(site::old_secret())), claims.clone())),
        )
        .route("/open", post(handle).layer(once(current(), claims.clone().fail_open())))
        .route("/chosen", post(handle).layer(once(current(), claims.clone().key(site::chosen_key))))
        .route(
            "/apart",
            post(handle).layer(once(current(), claims.clone().tell_equal_bodies_apart())),
        )
        .route("/samva", post(handle).layer(once(verify(&|| new(site::samva())), claims.clone())))
        .route("/stripe", post(handle).layer(once(verify(&|| new(site::stripe())), claims.clone())))
        .route(
            "/aged",
            post(handle).layer(once(
                verify(&|| new(site::svara())),
                claims.clone().max_age(Duration::from_secs(3600), body_time),
            )),
        )
        .route("/json", post(json).layer(once(current(), claims.clone())))
        .route("/unverified", post(handle).layer(Deduplicate::new(claims.clone())))
        .with_state(site);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    Receiver { name: "axum", address, gate: &site.gate, store, claims, site, server: None }
}

fn new(secret: impl Verify + 'static) -> VerifyWebhook {
    VerifyWebhook::new(secret)
}

async fn handle(
    State(site): State<&'static Site>,
    Verified(_, body): Verified<String>,
) -> (StatusCode, &'static str) {
    let (status, text) = site.handle(&body).await;
    (StatusCode::from_u16(status).unwrap(), text)
}

async fn json(_: Verified<Json<serde_json::Value>>) {}
