use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, Response, header};
use http_body::Body;
use tower_service::Service;
use webhook_core::adapter::Intake;
use webhook_core::{Head, Rejection};

use super::read::ReadBody;
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
            return ResponseFuture::twice(receipt, webhook);
        }
        match self.begin(&parts, &body) {
            Ok(intake) => {
                let read = ReadBody::new(body, intake, webhook.settings.body_timeout());
                ResponseFuture::reading(read, parts, ready, webhook)
            }
            Err(rejection) => ResponseFuture::rejected(rejection, parts.uri, webhook),
        }
    }
}

impl<S, O> VerifyService<S, O> {
    fn begin(&self, parts: &Parts, body: &impl Body) -> Result<Intake, Rejection> {
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let head = Head::new(parts.method.as_str(), target, &parts.headers);
        Intake::begin(&self.webhook.settings, &head, declared_len(&parts.headers, body))
    }
}

/// The length that the body knows, or else that the request declares. Where a transfer coding frames the
/// body, its `Content-Length` says nothing.
fn declared_len(headers: &HeaderMap, body: &impl Body) -> Option<u64> {
    body.size_hint().exact().or_else(|| {
        let header = headers.get(header::CONTENT_LENGTH)?;
        if headers.contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        header.to_str().ok()?.parse().ok()
    })
}
