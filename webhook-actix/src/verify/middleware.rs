use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};
use tracing::Instrument as _;
use webhook_core::adapter::{Arrival, Outcome};
use webhook_core::{Rejection, SetupError};

use super::{VerifyWebhook, read};
use crate::rejection::respond;
use crate::{Received, VerifiedRejection};

impl<S, B> Transform<S, ServiceRequest> for VerifyWebhook
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = VerifyMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(VerifyMiddleware { inner: Rc::new(inner), webhook: self.clone() }))
    }
}

/// The service that [`VerifyWebhook`] puts around another when it is wrapped as a middleware.
pub struct VerifyMiddleware<S> {
    inner: Rc<S>,
    webhook: VerifyWebhook,
}

impl<S, B> Service<ServiceRequest> for VerifyMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let inner = self.inner.clone();
        let webhook = self.webhook.clone();
        Box::pin(async move {
            let mut payload = request.take_payload();
            // The middleware around this one observes the request.
            if let Some(Received { receipt, .. }) = Received::of(request.request()) {
                let rejection = receipt.note_rejection(SetupError::VerifiedTwice.into());
                return Ok(refuse(request, rejection, payload, webhook));
            }
            let (mut observation, arrived) =
                read::verify(&webhook, request.request(), &mut payload).await;
            let receipt = match arrived {
                Ok(Arrival::Delivery(receipt)) => receipt,
                Ok(Arrival::Handshake { answer, .. }) => {
                    observation.end(request.path(), &Outcome::Handshake);
                    return Ok(request.into_response(respond(answer)).map_into_right_body());
                }
                Err(rejection) => {
                    observation.end(request.path(), &Outcome::Rejected(rejection.clone()));
                    return Ok(refuse(request, rejection, payload, webhook));
                }
            };
            request.set_payload(Payload::from(receipt.delivery().body().clone()));
            let path = request.path().to_owned();
            request.extensions_mut().insert(Received::new(receipt.clone(), webhook));
            let span = observation.handling().clone();
            // Not only polled in it: what is spawned at the call belongs there, too.
            let handling = span.in_scope(|| inner.call(request));
            let response = handling.instrument(span).await;
            let made_by_handler = match &response {
                Ok(response) => response.response().extensions().get::<Rejection>().cloned(),
                Err(error) => rejection_in(error),
            };
            let outcome = match (receipt.outcome(), made_by_handler) {
                (Outcome::Accepted, Some(rejection)) => Outcome::Rejected(rejection),
                (noted, _) => noted,
            };
            observation.end(&path, &outcome);
            response.map(ServiceResponse::map_into_left_body)
        })
    }
}

fn refuse<B>(
    request: ServiceRequest,
    rejection: Rejection,
    payload: Payload,
    webhook: VerifyWebhook,
) -> ServiceResponse<EitherBody<B>> {
    let rejection = VerifiedRejection::new(rejection, Some(webhook));
    request.error_response(rejection.holding(payload)).map_into_right_body()
}

fn rejection_in(error: &Error) -> Option<Rejection> {
    error.as_error::<VerifiedRejection>()?.rejection().cloned()
}

impl<S> fmt::Debug for VerifyMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyMiddleware").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}
