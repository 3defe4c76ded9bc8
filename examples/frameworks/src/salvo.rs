//! salvo, with its feature `tower-compat`.

use ::salvo::http::{ReqBody, StatusCode};
use ::salvo::prelude::*;
use webhook_tower::providers::svara;
use webhook_tower::{Payload, Received, Rejection, RejectionKind, VerifyWebhook};

/// The layer as a hoop, inside a tokio runtime.
pub fn router(secret: svara::Secret) -> Router {
    let webhook = VerifyWebhook::new(secret).body_type::<ReqBody>();
    Router::with_path("webhook").hoop(webhook.compat::<ReqBody>()).post(handle)
}

#[handler]
async fn handle(request: &mut Request, response: &mut Response) {
    match event(request) {
        Ok(event) => response.render(format!("received {}", event.name)),
        Err(rejection) => {
            response.status_code(StatusCode::from_u16(rejection.status()).unwrap_or_default());
            response.render(Text::Json(rejection.to_json()));
        }
    }
}

/// Reads the event of the delivery that the layer has verified.
fn event(request: &Request) -> Result<svara::Event, Rejection> {
    let received = request.extensions().get::<Received>().ok_or(RejectionKind::NotConfigured)?;
    svara::Event::from_delivery(received.delivery())
}
