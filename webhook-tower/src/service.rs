use std::mem;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response, header};
use http_body::Body;
use tower_service::Service;
use webhook_core::adapter::Intake;
use webhook_core::{Delivery, Head, Rejection, RejectionKind};

use crate::body::{ResponseBody, VerifiedBody};
use crate::future::ResponseFuture;
use crate::layer::VerifyWebhook;
use crate::read::ReadBody;

/// The service that [`VerifyWebhook`] puts around another.
#[derive(Debug, Clone)]
pub struct VerifyService<S> {
    inner: S,
    webhook: VerifyWebhook,
}

impl<S> VerifyService<S> {
    pub(crate) const fn new(inner: S, webhook: VerifyWebhook) -> Self {
        Self { inner, webhook }
    }
}

impl<S, B, R> Service<Request<B>> for VerifyService<S>
where
    S: Service<Request<VerifiedBody>, Response = Response<R>> + Clone,
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, S::Future, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone takes its turn.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let (parts, body) = request.into_parts();
        match self.begin(&parts, &body) {
            Ok(intake) => {
                let timeout = self.webhook.settings.body_timeout();
                let read = ReadBody::new(body, intake, timeout);
                ResponseFuture::reading(read, parts, ready, self.webhook.clone())
            }
            Err(rejection) => ResponseFuture::rejected(rejection, self.webhook.clone()),
        }
    }
}

impl<S> VerifyService<S> {
    fn begin(&self, parts: &http::request::Parts, body: &impl Body) -> Result<Intake, Rejection> {
        if parts.extensions.get::<Delivery>().is_some() {
            return Err(RejectionKind::NotConfigured.into());
        }
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
