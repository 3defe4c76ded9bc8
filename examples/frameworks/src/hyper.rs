//! hyper alone, with `hyper-util` to make a service of tower's into one of hyper's.

use std::convert::Infallible;

use ::hyper::http::{Extensions, Request, Response};
use ::hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer, service_fn};
use webhook_tower::providers::svara;
use webhook_tower::verify::VerifiedBody;
use webhook_tower::{Payload, Received, Rejection, RejectionKind, VerifyWebhook};

/// Serves until the listener fails.
///
/// # Errors
///
/// Those of the listener.
pub async fn serve(listener: TcpListener, secret: svara::Secret) -> std::io::Result<()> {
    let service = TowerToHyperService::new(VerifyWebhook::new(secret).layer(service_fn(handle)));
    loop {
        let (stream, _) = listener.accept().await?;
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone());
        tokio::spawn(connection);
    }
}

async fn handle(request: Request<VerifiedBody>) -> Result<Response<String>, Infallible> {
    let (status, answer) = match event(request.extensions()) {
        Ok(event) => (200, format!("received {}", event.name)),
        Err(rejection) => (rejection.status(), rejection.to_json()),
    };
    let mut response = Response::new(answer);
    *response.status_mut() = status.try_into().unwrap_or_default();
    Ok(response)
}

/// Reads the event of the delivery that the layer has verified.
fn event(extensions: &Extensions) -> Result<svara::Event, Rejection> {
    let received = extensions.get::<Received>().ok_or(RejectionKind::NotConfigured)?;
    svara::Event::from_delivery(received.delivery())
}
