use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, rt};
use tracing::Instrument as _;
use webhook_core::adapter::{Answer, Observation, Outcome};
use webhook_core::{Rejection, RejectionKind, SetupError};
use webhook_idempotency::{Claimed, Claims};

use crate::rejection::respond;
use crate::{Received, VerifiedRejection};

/// The service that [`Deduplicate`](crate::Deduplicate) puts around another.
pub struct DeduplicateMiddleware<S> {
    inner: Rc<S>,
    claims: Claims,
}

impl<S> DeduplicateMiddleware<S> {
    pub(super) fn new(inner: S, claims: Claims) -> Self {
        Self { inner: Rc::new(inner), claims }
    }
}

impl<S, B> Service<ServiceRequest> for DeduplicateMiddleware<S>
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

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Some(received) = Received::of(request.request()) else {
            let rejection = Rejection::from(SetupError::NotVerified);
            Observation::unverified().end(request.path(), &Outcome::Rejected(rejection.clone()));
            let response = request.error_response(VerifiedRejection::from(rejection));
            return Box::pin(async { Ok(response.map_into_right_body()) });
        };
        let (inner, claims) = (self.inner.clone(), self.claims.clone());
        let task = handle(inner, claims, request, received.clone());
        let task = rt::spawn(self.claims.tasks().track_future(task.in_current_span()));
        Box::pin(async move {
            task.await.unwrap_or_else(|error| {
                // The worker is shutting down.
                let rejection = Rejection::new(RejectionKind::Unavailable).caused_by(error);
                Err(reject(&received, rejection).into())
            })
        })
    }
}

async fn handle<S, B>(
    inner: Rc<S>,
    claims: Claims,
    request: ServiceRequest,
    received: Received,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    // actix-web wants the only reference to a request that it routes, so whoever needs it takes it.
    let request = Cell::new(Some(request));
    let handler = || {
        let request = request.take();
        async {
            match request {
                Some(request) => inner.call(request).await,
                None => Err(VerifiedRejection::from(unavailable()).into()),
            }
        }
    };
    let succeeded = |result: &Result<ServiceResponse<B>, Error>| {
        result.as_ref().is_ok_and(|response| response.status().is_success())
    };
    let claimed = claims.handle(received.delivery(), handler, succeeded).await;

    // `None` if the handler has it: it took too long, or panicked.
    let request = request.take();
    match (claimed, request) {
        (Claimed::Handled(result), _) => result.map(ServiceResponse::map_into_left_body),
        (Claimed::Duplicate, Some(request)) => {
            received.receipt.note_duplicate();
            Ok(request.into_response(respond(Answer::duplicate())).map_into_right_body())
        }
        (Claimed::Duplicate, None) => Err(reject(&received, unavailable()).into()),
        (Claimed::Rejected(rejection), None) => Err(reject(&received, rejection).into()),
        (Claimed::Rejected(rejection), Some(request)) => {
            Ok(request.error_response(reject(&received, rejection)).map_into_right_body())
        }
    }
}

fn unavailable() -> Rejection {
    RejectionKind::Unavailable.into()
}

fn reject(Received { receipt, webhook }: &Received, rejection: Rejection) -> VerifiedRejection {
    VerifiedRejection::new(receipt.note_rejection(rejection), Some(webhook.clone()))
}

impl<S> fmt::Debug for DeduplicateMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeduplicateMiddleware")
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}
