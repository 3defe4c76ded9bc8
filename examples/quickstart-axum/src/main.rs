use axum::{Router, http::StatusCode, routing::post};
use tokio::net::TcpListener;
use webhook_tower::{VerifyWebhook, axum::Verified, providers::voisnap};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = voisnap::Secret::from_env("VOISNAP_WEBHOOK_SECRET")?;
    let app = Router::new()
        .route("/webhooks/voisnap", post(handle).route_layer(VerifyWebhook::new(secret)));
    let address = std::env::var("BIND").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

/// Runs only for requests that were signed with the secret.
async fn handle(Verified(delivery, event): Verified<voisnap::Event>) -> StatusCode {
    match event.data {
        voisnap::Data::SessionEnded(session) => println!("{:?} s", session.duration_seconds),
        _ => println!("{} in {:?}", event.name, delivery.id()),
    }
    StatusCode::OK
}
