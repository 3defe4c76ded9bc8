use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};
use webhook_core::adapter::{Outcome, Receipt, observe};
use webhook_core::{Checked, Rejection, SetupError};

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
            let provider = webhook.settings.provider();
            let mut payload = request.take_payload();
            let verified = match Received::of(request.request()) {
                // The middleware around this one observes the request.
                Some(Received { receipt, .. }) => {
                    Err(receipt.note_rejection(SetupError::VerifiedTwice.into()))
                }
                None => read::verify(&webhook.settings, request.request(), &mut payload)
                    .await
                    .map_err(|rejection| rejection.of(provider))
                    .inspect_err(|rejection| {
                        let outcome = Outcome::Rejected(rejection.clone());
                        observe(provider, request.path(), &outcome);
                    }),
            };
            let delivery = match verified {
                Ok(Checked::Delivery(delivery)) => delivery,
                Ok(Checked::Handshake { answer, .. }) => {
                    observe(provider, request.path(), &Outcome::Handshake);
                    return Ok(request.into_response(respond(answer)).map_into_right_body());
                }
                Err(rejection) => {
                    let rejection = VerifiedRejection::new(rejection, Some(webhook));
                    let response = request.error_response(rejection.holding(payload));
                    return Ok(response.map_into_right_body());
                }
            };
            request.set_payload(Payload::from(delivery.body().clone()));
            let receipt = Receipt::new(delivery);
            let path = request.path().to_owned();
            request.extensions_mut().insert(Received::new(receipt.clone(), webhook));
            let response = inner.call(request).await;
            let made_by_handler = match &response {
                Ok(response) => response.response().extensions().get::<Rejection>().cloned(),
                Err(error) => rejection_in(error),
            };
            let outcome = match (receipt.outcome(), made_by_handler) {
                (Outcome::Accepted, Some(rejection)) => Outcome::Rejected(rejection),
                (noted, _) => noted,
            };
            observe(provider, &path, &outcome);
            response.map(ServiceResponse::map_into_left_body)
        })
    }
}

fn rejection_in(error: &Error) -> Option<Rejection> {
    error.as_error::<VerifiedRejection>()?.rejection().cloned()
}

impl<S> fmt::Debug for VerifyMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyMiddleware").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}
