use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use webhook_idempotency::Claims;

use super::DeduplicateMiddleware;

/// The middleware that lets each delivery be handled once.
///
/// Goes inside [`VerifyWebhook`](crate::VerifyWebhook) as a middleware: only what was verified is claimed. actix-web puts the
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
        ready(Ok(DeduplicateMiddleware::new(inner, self.claims.clone())))
    }
}
