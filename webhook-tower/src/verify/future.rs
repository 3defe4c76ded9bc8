use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Request, Response, header};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;
use webhook_core::adapter::{Arrival, Intake, Observation, Outcome, Receipt, Settings};
use webhook_core::{Endpoint, Head, LookupFuture, Rejection, RejectionKind, SetupError};

use super::deadline::Deadline;
use super::read::ReadBody;
use super::{ResponseBody, VerifyWebhook};
use crate::Received;
use crate::respond::respond;

pin_project! {
    /// The response of a [`VerifyService`](super::VerifyService).
    pub struct ResponseFuture<S, F, B, O> {
        #[pin]
        stage: Stage<F, B>,
        // Until it is handed on.
        request: Option<(Parts, S)>,
        // `None` if the verification around this one observes the request.
        observation: Option<Observation>,
        webhook: VerifyWebhook<O>,
    }
}

pin_project! {
    #[project = StageProj]
    enum Stage<F, B> {
        LookingUp { lookup: LookupFuture, deadline: Deadline, body: Option<B> },
        Reading { #[pin] read: ReadBody<B> },
        Calling { #[pin] response: F, receipt: Receipt, target: Target },
        Rejected { rejection: Option<Rejection>, target: Target },
    }
}

impl<F, B: Body> Stage<F, B> {
    /// Judges the head, now that the endpoint is known.
    #[inline]
    fn begin(
        settings: &Settings,
        endpoint: Option<&Endpoint>,
        parts: &Parts,
        body: B,
        deadline: Deadline,
    ) -> Self {
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let head = Head::new(parts.method.as_str(), target, &parts.headers);
        let declared = declared_len(&parts.headers, &body);
        match Intake::begin(settings, endpoint, &head, declared) {
            Ok(intake) => Self::Reading { read: ReadBody::new(body, intake, deadline) },
            Err(rejection) => Self::rejected(rejection, target_of(parts)),
        }
    }

    const fn rejected(rejection: Rejection, target: Target) -> Self {
        Self::Rejected { rejection: Some(rejection), target }
    }
}

impl<S, F, B: Body, O> ResponseFuture<S, F, B, O> {
    #[inline]
    pub(super) fn begin(
        endpoint: Option<&Endpoint>,
        parts: Parts,
        body: B,
        service: S,
        webhook: VerifyWebhook<O>,
    ) -> Self {
        let settings = &webhook.config.settings;
        let observation = Observation::begin(settings, endpoint);
        let deadline = Deadline::new(settings.body_timeout());
        let stage = Stage::begin(settings, endpoint, &parts, body, deadline);
        Self { stage, request: Some((parts, service)), observation: Some(observation), webhook }
    }

    pub(super) fn looking_up(
        lookup: LookupFuture,
        parts: Parts,
        body: B,
        service: S,
        webhook: VerifyWebhook<O>,
    ) -> Self {
        let deadline = Deadline::new(webhook.config.settings.body_timeout());
        let stage = Stage::LookingUp { lookup, deadline, body: Some(body) };
        let observation = Some(Observation::unverified());
        Self { stage, request: Some((parts, service)), observation, webhook }
    }

    /// For a request that has been verified, and has this receipt.
    pub(super) fn twice(receipt: &Receipt, parts: &Parts, webhook: VerifyWebhook<O>) -> Self {
        let rejection = receipt.note_rejection(SetupError::VerifiedTwice.into());
        let stage = Stage::rejected(rejection, target_of(parts));
        Self { stage, request: None, observation: None, webhook }
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
            match this.stage.as_mut().project() {
                StageProj::LookingUp { lookup, deadline, body } => {
                    let found = match lookup.as_mut().poll(cx) {
                        Poll::Ready(found) => found,
                        Poll::Pending => {
                            ready!(deadline.poll(cx));
                            Err("the lookup of the endpoint took too long".into())
                        }
                    };
                    // Without them it was polled after it was done: there is nothing more to come.
                    let (Some((parts, _)), Some(body), Some(observation)) =
                        (&*this.request, body.take(), &mut *this.observation)
                    else {
                        return Poll::Pending;
                    };
                    let stage = match found {
                        Ok(endpoint) => {
                            let settings = &config.settings;
                            observation.found(settings, endpoint.as_ref());
                            // What is left of the time is the body's.
                            let deadline = deadline.take();
                            Stage::begin(settings, endpoint.as_ref(), parts, body, deadline)
                        }
                        Err(error) => {
                            let rejection = Rejection::new(RejectionKind::LookupFailed);
                            Stage::rejected(rejection.caused_by(error), target_of(parts))
                        }
                    };
                    this.stage.set(stage);
                }
                StageProj::Reading { read } => {
                    let read = ready!(read.poll(cx));
                    // It is taken at the last moment, and moved once: a move costs as much as reading a header.
                    let (Some((parts, _)), Some(observation)) =
                        (&mut *this.request, &mut *this.observation)
                    else {
                        return Poll::Pending;
                    };
                    let target = target_of(parts);
                    let receipt = match read {
                        Ok(Arrival::Delivery(receipt)) => receipt,
                        Ok(Arrival::Handshake { answer, .. }) => {
                            *this.request = None;
                            observation.end(path(&target), &Outcome::Handshake);
                            return Poll::Ready(Ok(respond(answer).map(ResponseBody::ours)));
                        }
                        Err(rejection) => {
                            this.stage.set(Stage::rejected(rejection, target));
                            continue;
                        }
                    };
                    observation.verified(receipt.delivery());
                    let body = O::from(receipt.delivery().body().clone());
                    let on_rejection = config.on_rejection.clone();
                    parts.extensions.insert(Received::new(receipt.clone(), on_rejection));
                    let Some((parts, mut service)) = this.request.take() else {
                        return Poll::Pending;
                    };
                    let request = Request::from_parts(parts, body);
                    let response = observation.handling().in_scope(|| service.call(request));
                    this.stage.set(Stage::Calling { response, receipt, target });
                }
                StageProj::Calling { response, receipt, target } => {
                    let Some(observation) = this.observation else { return Poll::Pending };
                    let response = ready!(observation.span().in_scope(|| response.poll(cx)));
                    let outcome = match (receipt.outcome(), response.as_ref().map(rejection_in)) {
                        // A rejection that the handler made itself.
                        (Outcome::Accepted, Ok(Some(rejection))) => Outcome::Rejected(rejection),
                        (noted, _) => noted,
                    };
                    observation.end(path(target), &outcome);
                    return Poll::Ready(response.map(|response| response.map(ResponseBody::inner)));
                }
                StageProj::Rejected { rejection, target } => {
                    let Some(mut rejection) = rejection.take() else { return Poll::Pending };
                    if let Some(observation) = this.observation {
                        rejection = rejection.of(observation.provider());
                        observation.end(path(target), &Outcome::Rejected(rejection.clone()));
                    }
                    let response = config.on_rejection.respond(rejection);
                    return Poll::Ready(Ok(response.map(ResponseBody::ours)));
                }
            }
        }
    }
}

/// What is kept of the URI for the log, once the handler has the request: a clone of the whole costs three times as much.
type Target = Option<PathAndQuery>;

fn target_of(parts: &Parts) -> Target {
    parts.uri.path_and_query().cloned()
}

fn path(target: &Target) -> &str {
    target.as_ref().map_or("", PathAndQuery::path)
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
