//! Bodies and services that behave as their names say.

#![allow(dead_code, reason = "each file beside this folder is a crate, and uses a part of it")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use webhook_core::{Rejection, RejectionKind, UnixTime, VerifyErrorKind, providers::voisnap};
use webhook_tower::VerifyWebhook;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) fn secret() -> voisnap::Secret {
    voisnap::Secret::new("whsec_test").unwrap()
}

pub(crate) fn webhook() -> VerifyWebhook {
    VerifyWebhook::new(secret()).clock(|| NOW)
}

/// A request whose head is that of a genuine delivery of `signed`.
pub(crate) fn request<B>(signed: &[u8], body: B) -> Request<B> {
    let mut request = Request::post("/webhooks?a=1");
    for (name, value) in secret().sign(signed, NOW, Some("dlv_1")).unwrap() {
        request = request.header(name, value);
    }
    request.body(body).unwrap()
}

/// A body that comes in steps.
pub(crate) struct Steps(pub(crate) VecDeque<Step>);

pub(crate) enum Step {
    Data(Bytes),
    Trailers,
    Error(BoxError),
    /// Not ready; nobody will wake the task.
    Stuck,
    /// Not ready now; wakes the task.
    Later,
}

impl Steps {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(steps.into_iter().collect())
    }

    pub(crate) fn frames(body: &Bytes, size: usize) -> Self {
        let frame = |start: usize| body.slice(start..body.len().min(start + size));
        Self::new((0..body.len()).step_by(size).map(frame).map(Step::Data))
    }
}

impl Body for Steps {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.0.pop_front() {
            Some(Step::Data(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Step::Trailers) => Poll::Ready(Some(Ok(Frame::trailers(http::HeaderMap::new())))),
            Some(Step::Error(error)) => Poll::Ready(Some(Err(error))),
            Some(Step::Stuck) => {
                self.0.push_front(Step::Stuck);
                Poll::Pending
            }
            Some(Step::Later) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// Answers with the body, and counts.
#[derive(Clone, Default)]
pub(crate) struct Echo {
    pub(crate) calls: Arc<AtomicUsize>,
}

impl Echo {
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl<B> tower_service::Service<Request<B>> for Echo
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Debug,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok(Response::new(Full::new(body)))
        })
    }
}

/// The kind that a response carries for logs, metrics and tests.
pub(crate) fn kind<B>(response: &Response<B>) -> Option<RejectionKind> {
    response.extensions().get::<Rejection>().map(Rejection::kind)
}

pub(crate) const INVALID: RejectionKind = RejectionKind::Verify(VerifyErrorKind::InvalidSignature);
