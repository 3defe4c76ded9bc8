use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;
use webhook_core::Lookup;

use super::{ResponseBody, ResponseFuture, VerifiedBody, VerifyWebhook};
use crate::Received;

/// The service that [`VerifyWebhook`] puts around another.
#[derive(Debug)]
pub struct VerifyService<S, O = VerifiedBody> {
    inner: S,
    webhook: VerifyWebhook<O>,
}

impl<S, O> VerifyService<S, O> {
    pub(super) const fn new(inner: S, webhook: VerifyWebhook<O>) -> Self {
        Self { inner, webhook }
    }
}

// Whatever body it hands on, which a derive would want to clone.
impl<S: Clone, O> Clone for VerifyService<S, O> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.webhook.clone())
    }
}

impl<S, O, B, R> Service<Request<B>> for VerifyService<S, O>
where
    S: Service<Request<O>, Response = Response<R>> + Clone,
    O: From<Bytes>,
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, S::Future, B, O>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone takes its turn.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let (parts, body) = request.into_parts();
        let webhook = self.webhook.clone();
        if let Some(Received { receipt, .. }) = parts.extensions.get() {
            return ResponseFuture::twice(receipt, &parts, webhook);
        }
        let lookup = webhook.config.look_up.as_ref().map(|look_up| look_up(&parts));
        let endpoint = match lookup {
            None => None,
            Some(Lookup::Ready(endpoint)) => endpoint,
            Some(Lookup::Later(lookup)) => {
                return ResponseFuture::looking_up(lookup, parts, body, ready, webhook);
            }
        };
        ResponseFuture::begin(endpoint.as_ref(), parts, body, ready, webhook)
    }
}
