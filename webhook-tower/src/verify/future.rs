use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response, Uri};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;
use webhook_core::adapter::{Outcome, Receipt, observe};
use webhook_core::{Checked, Rejection, SetupError};

use super::read::ReadBody;
use super::{ResponseBody, VerifyWebhook};
use crate::Received;
use crate::respond::respond;

pin_project! {
    /// The response of a [`VerifyService`](super::VerifyService).
    pub struct ResponseFuture<S, F, B, O> {
        #[pin]
        state: State<S, F, B>,
        webhook: VerifyWebhook<O>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, F, B> {
        Reading { #[pin] read: ReadBody<B>, next: Option<(Parts, S)> },
        Calling { #[pin] response: F, receipt: Receipt, uri: Uri },
        // Without a URI if the verification around this one observes the request.
        Rejected { rejection: Option<Rejection>, uri: Option<Uri> },
    }
}

impl<S, F, B, O> ResponseFuture<S, F, B, O> {
    pub(super) const fn reading(
        read: ReadBody<B>,
        parts: Parts,
        service: S,
        webhook: VerifyWebhook<O>,
    ) -> Self {
        Self { state: State::Reading { read, next: Some((parts, service)) }, webhook }
    }

    pub(super) const fn rejected(
        rejection: Rejection,
        uri: Uri,
        webhook: VerifyWebhook<O>,
    ) -> Self {
        Self { state: State::Rejected { rejection: Some(rejection), uri: Some(uri) }, webhook }
    }

    /// For a request that has been verified, and has this receipt.
    pub(super) fn twice(receipt: &Receipt, webhook: VerifyWebhook<O>) -> Self {
        let rejection = receipt.note_rejection(SetupError::VerifiedTwice.into());
        Self { state: State::Rejected { rejection: Some(rejection), uri: None }, webhook }
    }
}

impl<S, B, R, O> Future for ResponseFuture<S, S::Future, B, O>
where
    S: Service<Request<O>, Response = Response<R>>,
    O: From<Bytes>,
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let provider = this.webhook.settings.provider();
        loop {
            match this.state.as_mut().project() {
                StateProj::Reading { read, next } => {
                    let read = ready!(read.poll(cx));
                    // Without them it was polled after it was done: there is nothing more to come.
                    let Some((mut parts, mut service)) = next.take() else { return Poll::Pending };
                    let uri = parts.uri.clone();
                    let delivery = match read {
                        Ok(Checked::Delivery(delivery)) => delivery,
                        Ok(Checked::Handshake { answer, .. }) => {
                            observe(provider, uri.path(), &Outcome::Handshake);
                            return Poll::Ready(Ok(respond(answer).map(ResponseBody::ours)));
                        }
                        Err(rejection) => {
                            let (rejection, uri) = (Some(rejection), Some(uri));
                            this.state.set(State::Rejected { rejection, uri });
                            continue;
                        }
                    };
                    let body = O::from(delivery.body().clone());
                    let receipt = Receipt::new(delivery);
                    let on_rejection = this.webhook.on_rejection.clone();
                    parts.extensions.insert(Received::new(receipt.clone(), on_rejection));
                    let response = service.call(Request::from_parts(parts, body));
                    this.state.set(State::Calling { response, receipt, uri });
                }
                StateProj::Calling { response, receipt, uri } => {
                    let response = ready!(response.poll(cx));
                    let outcome = match (receipt.outcome(), response.as_ref().map(rejection_in)) {
                        // A rejection that the handler made itself.
                        (Outcome::Accepted, Ok(Some(rejection))) => Outcome::Rejected(rejection),
                        (noted, _) => noted,
                    };
                    observe(provider, uri.path(), &outcome);
                    return Poll::Ready(response.map(|response| response.map(ResponseBody::inner)));
                }
                StateProj::Rejected { rejection, uri } => {
                    let Some(rejection) = rejection.take() else { return Poll::Pending };
                    let rejection = rejection.of(provider);
                    if let Some(uri) = uri {
                        observe(provider, uri.path(), &Outcome::Rejected(rejection.clone()));
                    }
                    let response = this.webhook.on_rejection.respond(rejection);
                    return Poll::Ready(Ok(response.map(ResponseBody::ours)));
                }
            }
        }
    }
}

fn rejection_in<R>(response: &Response<R>) -> Option<Rejection> {
    response.extensions().get().cloned()
}

impl<S, F, B, O> fmt::Debug for ResponseFuture<S, F, B, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
