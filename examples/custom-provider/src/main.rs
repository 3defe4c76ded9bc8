//! Verifies the webhooks of two providers that the library does not know.
//!
//! Run with
//!
//! ```text
//! ACME_WEBHOOK_SECRET=acme-secret PARTNER_WEBHOOK_SECRET=partner-secret \
//!     cargo run -p example-custom-provider
//! ```
//!
//! and send it what the partner would:
//!
//! ```text
//! $ signature=$(printf 'POST\n/partner?shop=1\nhello' |
//!     openssl dgst -sha256 -hmac partner-secret -r | cut -d' ' -f1)
//! $ curl 'http://127.0.0.1:3000/partner?shop=1' -H "X-Partner-Signature: $signature" -d hello
//! 5 bytes
//! ```

#![forbid(unsafe_code)]

mod acme;
mod partner;
#[cfg(test)]
mod tests;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use webhook_tower::axum::Verified;
use webhook_tower::{Bytes, VerifyWebhook};

use partner::Partner;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let acme = acme::Secret::from_env("ACME_WEBHOOK_SECRET")?;
    // A missing one is refused as an empty one is.
    let partner = env::var("PARTNER_WEBHOOK_SECRET").unwrap_or_default();
    let partner =
        Partner::new(&partner).map_err(|error| format!("PARTNER_WEBHOOK_SECRET: {error}"))?;
    let bind = env::var("BIND").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener =
        TcpListener::bind(&bind).await.map_err(|error| format!("BIND={bind}: {error}"))?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(VerifyWebhook::new(acme), VerifyWebhook::new(partner))).await?;
    Ok(())
}

/// The layers stand on their routes. Do not `nest` this: routes of a nested router are shown the target
/// without its prefix, and the partner signs all of it.
fn app(acme: VerifyWebhook, partner: VerifyWebhook) -> Router {
    Router::new()
        .route("/acme", post(ordered).layer(acme))
        .route("/partner", post(received).layer(partner))
}

async fn ordered(Verified(_, event): Verified<acme::Event>) -> String {
    format!("{} {}", event.event, event.order.unwrap_or_default())
}

async fn received(Verified(_, body): Verified<Bytes>) -> String {
    format!("{} bytes", body.len())
}
