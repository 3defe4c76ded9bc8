use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage as _};
use webhook_core::RejectionKind;

use crate::config::VerifyWebhook;
use crate::extract::Verification;
use crate::read;
use crate::reject::VerifiedRejection;

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
            let verified = match Verification::of(request.request()) {
                Some(_) => Err(RejectionKind::NotConfigured.into()),
                None => read::verify(&webhook.settings, request.request(), &mut payload).await,
            };
            match verified {
                Ok(delivery) => {
                    request.set_payload(Payload::from(delivery.body().clone()));
                    {
                        let mut extensions = request.extensions_mut();
                        extensions.insert(delivery.clone());
                        extensions.insert(Verification { webhook, delivery });
                    }
                    inner.call(request).await.map(ServiceResponse::map_into_left_body)
                }
                Err(rejection) => {
                    let rejection = VerifiedRejection::new(rejection, Some(webhook), payload);
                    Ok(request.error_response(rejection).map_into_right_body())
                }
            }
        })
    }
}

impl<S> fmt::Debug for VerifyMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyMiddleware").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}
