use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;
use tracing::Instrument as _;
use webhook_idempotency::Claims;

use super::DeduplicateFuture;
use crate::Received;
use crate::verify::ResponseBody;

/// The service that [`Deduplicate`](crate::Deduplicate) puts around another.
#[derive(Debug, Clone)]
pub struct DeduplicateService<S> {
    inner: S,
    claims: Claims,
}

impl<S> DeduplicateService<S> {
    pub(super) const fn new(inner: S, claims: Claims) -> Self {
        Self { inner, claims }
    }
}

impl<S, B, R> Service<Request<B>> for DeduplicateService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = DeduplicateFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        let Some(received) = request.extensions().get::<Received>().cloned() else {
            return DeduplicateFuture::unverified(request.uri().clone());
        };
        let (claims, delivery) = (self.claims.clone(), received.delivery().clone());
        let handling = async move {
            let handler = move || ready.call(request);
            let succeeded = |result: &Result<Response<R>, S::Error>| {
                result.as_ref().is_ok_and(|response| response.status().is_success())
            };
            claims.handle(&delivery, handler, succeeded).await
        };
        let task = self.claims.tasks().spawn(handling.in_current_span());
        DeduplicateFuture::handling(task, received)
    }
}
