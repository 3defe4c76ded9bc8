//! Receives Svara's webhooks on AWS Lambda, behind a function URL, API Gateway or a load balancer.

#![forbid(unsafe_code)]

#[cfg(test)]
mod tests;

use std::convert::Infallible;

use lambda_http::http::{Extensions, Request, Response};
use lambda_http::tower::Layer;
use lambda_http::{Body, Error, IntoResponse, Service, service_fn};
use webhook_tower::providers::svara;
use webhook_tower::verify::VerifiedBody;
use webhook_tower::{Payload, Received, Rejection, RejectionKind, VerifyWebhook};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let secret = svara::Secret::from_env("SVARA_WEBHOOK_SECRET")?;
    lambda_http::run(function(VerifyWebhook::new(secret))).await
}

/// The handler behind the layer. It is called for authentic requests only.
fn function(
    webhook: VerifyWebhook,
) -> impl Service<Request<Body>, Response: IntoResponse, Error = Infallible, Future: Send> {
    webhook.layer(service_fn(handle))
}

/// Do the work before the answer: Lambda freezes the function once it has answered.
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
