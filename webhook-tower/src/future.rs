use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;
use webhook_core::Rejection;

use crate::body::{ResponseBody, VerifiedBody};
use crate::layer::VerifyWebhook;
use crate::read::ReadBody;

pin_project! {
    /// The response of a [`VerifyService`](crate::VerifyService).
    pub struct ResponseFuture<S, F, B> {
        #[pin]
        state: State<S, F, B>,
        webhook: VerifyWebhook,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, F, B> {
        Reading { #[pin] read: ReadBody<B>, next: Option<(Parts, S)> },
        Calling { #[pin] response: F },
        Rejected { rejection: Option<Rejection> },
    }
}

impl<S, F, B> ResponseFuture<S, F, B> {
    pub(crate) const fn reading(
        read: ReadBody<B>,
        parts: Parts,
        service: S,
        webhook: VerifyWebhook,
    ) -> Self {
        Self { state: State::Reading { read, next: Some((parts, service)) }, webhook }
    }

    pub(crate) const fn rejected(rejection: Rejection, webhook: VerifyWebhook) -> Self {
        Self { state: State::Rejected { rejection: Some(rejection) }, webhook }
    }
}

impl<S, B, R> Future for ResponseFuture<S, S::Future, B>
where
    S: Service<Request<VerifiedBody>, Response = Response<R>>,
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProj::Reading { read, next } => match ready!(read.poll(cx)) {
                    Ok(delivery) => {
                        let Some((mut parts, mut service)) = next.take() else {
                            return Poll::Pending;
                        };
                        let body = VerifiedBody::new(delivery.body().clone());
                        parts.extensions.insert(delivery);
                        if !this.webhook.on_rejection.is_default() {
                            parts.extensions.insert(this.webhook.on_rejection.clone());
                        }
                        let response = service.call(Request::from_parts(parts, body));
                        this.state.set(State::Calling { response });
                    }
                    Err(rejection) => {
                        this.state.set(State::Rejected { rejection: Some(rejection) });
                    }
                },
                StateProj::Calling { response } => {
                    return response.poll(cx).map_ok(|response| response.map(ResponseBody::inner));
                }
                StateProj::Rejected { rejection } => match rejection.take() {
                    Some(rejection) => {
                        let provider = this.webhook.settings.provider();
                        let response = this.webhook.on_rejection.respond(rejection, provider);
                        return Poll::Ready(Ok(response.map(ResponseBody::ours)));
                    }
                    // Polled after it was done: there is nothing more to come.
                    None => return Poll::Pending,
                },
            }
        }
    }
}

impl<S, F, B> fmt::Debug for ResponseFuture<S, F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
