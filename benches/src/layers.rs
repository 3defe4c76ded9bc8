//! The layer around a service that is always ready and answers at once.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Empty;
use tower_layer::Layer;
use tower_service::Service;
use webhook_core::{Endpoint, Lookup, Verify};
use webhook_tower::VerifyWebhook;

/// Drops what it is asked, and answers 200.
#[derive(Debug, Clone, Copy)]
pub struct AlwaysReady;

impl<B> Service<Request<B>> for AlwaysReady {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(Response::new(Empty::new())))
    }
}

/// The service behind our layer, which takes bodies of up to 32 MiB.
pub fn verified(secret: impl Verify + 'static) -> <VerifyWebhook as Layer<AlwaysReady>>::Service {
    VerifyWebhook::new(secret).body_limit(32 * 1024 * 1024).layer(AlwaysReady)
}

/// The same, but the layer looks up the endpoint of each request.
pub fn looking_up(
    look_up: impl Fn() -> Lookup + Send + Sync + 'static,
) -> <VerifyWebhook as Layer<AlwaysReady>>::Service {
    VerifyWebhook::per_request(move |_| look_up()).body_limit(32 * 1024 * 1024).layer(AlwaysReady)
}

/// The same, with an endpoint that is ready.
pub fn looked_up(secret: impl Verify + 'static) -> <VerifyWebhook as Layer<AlwaysReady>>::Service {
    let endpoint = Endpoint::new("tenant", secret);
    looking_up(move || endpoint.clone().into())
}

/// A request as it comes out of a router: something stands in its extensions already.
pub fn request<B>(headers: &HeaderMap, body: B) -> Request<B> {
    let mut request = Request::post("/webhooks").body(body).unwrap();
    // The first clone makes its bytes shared, which allocates; a server's are shared already.
    drop(request.uri().clone());
    request.headers_mut().clone_from(headers);
    request.extensions_mut().insert(MatchedPath);
    request
}

#[derive(Debug, Clone, Copy)]
struct MatchedPath;
