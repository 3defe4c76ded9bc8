use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Request, Response, Uri, header};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;
use webhook_core::adapter::{Intake, Observation, Outcome, Receipt};
use webhook_core::{Checked, Endpoint, Head, LookupFuture, Rejection, RejectionKind, SetupError};

use super::deadline::Deadline;
use super::layer::Config;
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
        LookingUp {
            lookup: LookupFuture,
            #[pin]
            deadline: Deadline,
            next: Option<(Parts, B, S)>,
        },
        Reading {
            #[pin]
            read: ReadBody<B>,
            next: Option<(Parts, S, Observation)>,
        },
        Calling {
            #[pin]
            response: F,
            receipt: Receipt,
            uri: Uri,
            observation: Observation,
        },
        Rejected { rejection: Option<Rejection>, observed: Option<(Observation, Uri)> },
    }
}

impl<S, F, B: Body> State<S, F, B> {
    /// Judges the head, now that the endpoint is known.
    fn begin(
        config: &Config,
        endpoint: Option<&Endpoint>,
        (parts, body, service): (Parts, B, S),
    ) -> Self {
        let observation = Observation::begin(&config.settings, endpoint);
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let head = Head::new(parts.method.as_str(), target, &parts.headers);
        let declared = declared_len(&parts.headers, &body);
        match Intake::begin(&config.settings, endpoint, &head, declared) {
            Ok(intake) => {
                let read = ReadBody::new(body, intake, config.settings.body_timeout());
                Self::Reading { read, next: Some((parts, service, observation)) }
            }
            Err(rejection) => Self::rejected(rejection, observation, parts.uri),
        }
    }

    const fn rejected(rejection: Rejection, observation: Observation, uri: Uri) -> Self {
        Self::Rejected { rejection: Some(rejection), observed: Some((observation, uri)) }
    }
}

impl<S, F, B: Body, O> ResponseFuture<S, F, B, O> {
    pub(super) fn begin(
        endpoint: Option<&Endpoint>,
        next: (Parts, B, S),
        webhook: VerifyWebhook<O>,
    ) -> Self {
        Self { state: State::begin(&webhook.config, endpoint, next), webhook }
    }

    pub(super) fn looking_up(
        lookup: LookupFuture,
        next: (Parts, B, S),
        webhook: VerifyWebhook<O>,
    ) -> Self {
        let deadline = Deadline::new(webhook.config.settings.body_timeout());
        Self { state: State::LookingUp { lookup, deadline, next: Some(next) }, webhook }
    }

    /// For a request that has been verified, and has this receipt. The verification around this one observes it.
    pub(super) fn twice(receipt: &Receipt, webhook: VerifyWebhook<O>) -> Self {
        let rejection = receipt.note_rejection(SetupError::VerifiedTwice.into());
        Self { state: State::Rejected { rejection: Some(rejection), observed: None }, webhook }
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
        let config = &this.webhook.config;
        loop {
            match this.state.as_mut().project() {
                StateProj::LookingUp { lookup, deadline, next } => {
                    let found = match lookup.as_mut().poll(cx) {
                        Poll::Ready(found) => found,
                        Poll::Pending => {
                            ready!(deadline.poll(cx));
                            Err("the lookup of the endpoint took too long".into())
                        }
                    };
                    let Some(next) = next.take() else { return Poll::Pending };
                    let state = match found {
                        Ok(endpoint) => State::begin(config, endpoint.as_ref(), next),
                        Err(error) => {
                            let rejection = Rejection::new(RejectionKind::Unavailable);
                            let observation = Observation::begin(&config.settings, None);
                            State::rejected(rejection.caused_by(error), observation, next.0.uri)
                        }
                    };
                    this.state.set(state);
                }
                StateProj::Reading { read, next } => {
                    let read = ready!(read.poll(cx));
                    // Without them it was polled after it was done: there is nothing more to come.
                    let Some((mut parts, mut service, mut observation)) = next.take() else {
                        return Poll::Pending;
                    };
                    let uri = parts.uri.clone();
                    let delivery = match read {
                        Ok(Checked::Delivery(delivery)) => delivery,
                        Ok(Checked::Handshake { answer, .. }) => {
                            observation.end(uri.path(), &Outcome::Handshake);
                            return Poll::Ready(Ok(respond(answer).map(ResponseBody::ours)));
                        }
                        Err(rejection) => {
                            this.state.set(State::rejected(rejection, observation, uri));
                            continue;
                        }
                    };
                    observation.verified(&delivery);
                    let body = O::from(delivery.body().clone());
                    let receipt = Receipt::new(delivery);
                    let on_rejection = config.on_rejection.clone();
                    parts.extensions.insert(Received::new(receipt.clone(), on_rejection));
                    let request = Request::from_parts(parts, body);
                    let response = observation.handling().in_scope(|| service.call(request));
                    this.state.set(State::Calling { response, receipt, uri, observation });
                }
                StateProj::Calling { response, receipt, uri, observation } => {
                    let response = ready!(observation.span().in_scope(|| response.poll(cx)));
                    let outcome = match (receipt.outcome(), response.as_ref().map(rejection_in)) {
                        // A rejection that the handler made itself.
                        (Outcome::Accepted, Ok(Some(rejection))) => Outcome::Rejected(rejection),
                        (noted, _) => noted,
                    };
                    observation.end(uri.path(), &outcome);
                    return Poll::Ready(response.map(|response| response.map(ResponseBody::inner)));
                }
                StateProj::Rejected { rejection, observed } => {
                    let Some(mut rejection) = rejection.take() else { return Poll::Pending };
                    if let Some((observation, uri)) = observed {
                        rejection = rejection.of(observation.provider());
                        observation.end(uri.path(), &Outcome::Rejected(rejection.clone()));
                    }
                    let response = config.on_rejection.respond(rejection);
                    return Poll::Ready(Ok(response.map(ResponseBody::ours)));
                }
            }
        }
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

fn rejection_in<R>(response: &Response<R>) -> Option<Rejection> {
    response.extensions().get().cloned()
}

impl<S, F, B, O> fmt::Debug for ResponseFuture<S, F, B, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
