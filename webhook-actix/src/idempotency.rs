//! Each delivery once: [`Deduplicate`] and the stores that it claims deliveries in.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{ContentType, RETRY_AFTER};
use actix_web::{Error, HttpResponse, rt};
use webhook_core::{Rejection, RejectionKind};

#[doc(inline)]
pub use webhook_idempotency::*;

use crate::config::VerifyWebhook;
use crate::extract::Verification;
use crate::reject::VerifiedRejection;

/// The middleware that lets each delivery be handled once.
///
/// Stands inside [`VerifyWebhook`] as a middleware: only what was verified is claimed. actix-web puts the
/// last `wrap` outermost, so `.wrap(Deduplicate::new(store)).wrap(webhook)`.
///
/// | a delivery | is answered |
/// |---|---|
/// | that is new | by the handler; after a 2xx it is committed, after anything else released |
/// | that has been handled | 200 `{"duplicate":true}` |
/// | that is being handled | 503 with `Retry-After` |
/// | whose handler takes too long | 503 |
/// | whose handler panics | 500 |
/// | while the store is out of reach | 503, unless the claims [fail open](Claims::fail_open) |
///
/// The handler runs in a task of its own, to its end, also when the client hangs up: the delivery is
/// committed, and the sender's retry is a duplicate. actix-web's workers do not know of such tasks. To
/// let a shutdown wait for them, pause the server, wait for [`Claims::tasks`], then stop it. What a
/// handler does while its response's body is sent is not covered: the commit stands at its head.
///
/// Processing is at least once, not exactly once: a process can die between the work and the commit.
///
/// Headers that are not signed, such as the name of Samva's events, are those of the copy that arrived first. Whoever
/// captured a request can send it under another name before the sender's retry arrives. Derive what happened from the
/// signed body. A duplicate whose unsigned headers differ is reported as a warning in the log.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use webhook_actix::idempotency::{Claims, MemoryStore};
/// use webhook_actix::{Bytes, Deduplicate, Verified, VerifyWebhook, providers::voisnap};
///
/// async fn handle(_: Verified<Bytes>) -> HttpResponse {
///     HttpResponse::Ok().finish()
/// }
///
/// let secret = voisnap::Secret::new("whsec_from_the_dashboard")?;
/// // Both once, outside the closure of `HttpServer::new`.
/// let webhook = VerifyWebhook::new(secret);
/// let deduplicate = Deduplicate::new(Claims::new(MemoryStore::new(100_000)).endpoint("voisnap"));
/// let app = App::new().service(
///     web::resource("/webhooks/voisnap")
///         .wrap(deduplicate.clone())
///         .wrap(webhook.clone())
///         .route(web::post().to(handle)),
/// );
/// # Ok::<(), webhook_actix::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Deduplicate {
    claims: Claims,
}

impl Deduplicate {
    /// Claims deliveries as `claims` says: a [`Claims`], or a store for the usual ones.
    pub fn new(claims: impl Into<Claims>) -> Self {
        Self { claims: claims.into() }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Deduplicate
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = DeduplicateMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(DeduplicateMiddleware { inner: Rc::new(inner), claims: self.claims.clone() }))
    }
}

/// The service that [`Deduplicate`] puts around another.
pub struct DeduplicateMiddleware<S> {
    inner: Rc<S>,
    claims: Claims,
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
        let (inner, claims) = (self.inner.clone(), self.claims.clone());
        let task = self.claims.tasks().track_future(handle(inner, claims, request));
        let task = rt::spawn(task);
        Box::pin(async move {
            task.await.unwrap_or_else(|error| {
                // The worker is shutting down.
                let rejection = Rejection::new(RejectionKind::Unavailable).caused_by(error);
                Err(VerifiedRejection::new(rejection, None, Payload::None).into())
            })
        })
    }
}

async fn handle<S, B>(
    inner: Rc<S>,
    claims: Claims,
    request: ServiceRequest,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let Some(Verification { webhook, delivery }) = Verification::of(request.request()) else {
        let rejection = reject(RejectionKind::NotConfigured.into(), None);
        return Ok(request.error_response(rejection).map_into_right_body());
    };
    // actix-web wants the only reference to a request that it routes, so whoever needs it takes it.
    let request = Cell::new(Some(request));
    let handler = || {
        let request = request.take();
        async {
            match request {
                Some(request) => inner.call(request).await,
                None => Err(reject(RejectionKind::Unavailable.into(), None).into()),
            }
        }
    };
    let succeeded = |result: &Result<ServiceResponse<B>, Error>| {
        result.as_ref().is_ok_and(|response| response.status().is_success())
    };
    let outcome = claims.handle(&delivery, handler, succeeded).await;

    let request = request.take();
    let rejection = match outcome {
        Outcome::Handled(result) => return result.map(ServiceResponse::map_into_left_body),
        Outcome::Duplicate => {
            tracing::info!(provider = delivery.provider(), "duplicate delivery");
            let answer = HttpResponse::Ok().content_type(ContentType::json()).body(DUPLICATE);
            return match request {
                Some(request) => Ok(request.into_response(answer).map_into_right_body()),
                None => Err(reject(RejectionKind::Unavailable.into(), Some(webhook)).into()),
            };
        }
        Outcome::Rejected(rejection) => rejection,
        // A later version knows more outcomes.
        _ => RejectionKind::Unavailable.into(),
    };
    let in_flight = rejection.kind() == RejectionKind::InFlight;
    let rejection = reject(rejection, Some(webhook));
    let Some(request) = request else {
        // The handler has it: it took too long, or panicked.
        return Err(rejection.into());
    };
    let mut response = request.error_response(rejection);
    if in_flight {
        response.headers_mut().insert(RETRY_AFTER, claims.retry_delay().as_secs().into());
    }
    Ok(response.map_into_right_body())
}

fn reject(rejection: Rejection, webhook: Option<VerifyWebhook>) -> VerifiedRejection {
    VerifiedRejection::new(rejection, webhook, Payload::None)
}

impl<S> fmt::Debug for DeduplicateMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeduplicateMiddleware")
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}
