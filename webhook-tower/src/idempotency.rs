//! Each delivery once: [`Deduplicate`] and the stores that it claims deliveries in.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Request, Response};
use tokio::task::JoinHandle;
use tower_layer::Layer;
use tower_service::Service;
use webhook_core::{Delivery, Rejection, RejectionKind};

#[doc(inline)]
pub use webhook_idempotency::*;

use crate::body::ResponseBody;
use crate::respond::OnRejection;

/// The layer that lets each delivery be handled once.
///
/// Stands inside [`VerifyWebhook`](crate::VerifyWebhook): only what was verified is claimed.
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
/// committed, and the sender's retry is a duplicate. [`Claims::tasks`] lets a shutdown wait for it. What
/// a handler does while its response's body is sent is not covered: the commit stands at its head.
///
/// Processing is at least once, not exactly once: a process can die between the work and the commit.
///
/// Headers that are not signed, such as the name of Samva's events, are those of the copy that arrived first. Whoever
/// captured a request can send it under another name before the sender's retry arrives. Derive what happened from the
/// signed body. A duplicate whose unsigned headers differ is reported as a warning in the log.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::post};
/// use webhook_tower::idempotency::{Claims, MemoryStore};
/// use webhook_tower::{Bytes, Deduplicate, VerifyWebhook, axum::Verified, providers::voisnap};
///
/// async fn handle(_: Verified<Bytes>) -> StatusCode {
///     StatusCode::OK
/// }
///
/// let secret = voisnap::Secret::new("whsec_from_the_dashboard")?;
/// let claims = Claims::new(MemoryStore::new(100_000)).endpoint("voisnap");
/// let layers = (VerifyWebhook::new(secret), Deduplicate::new(claims.clone()));
/// let app: Router = Router::new().route("/webhooks/voisnap", post(handle).layer(layers));
///
/// // When the server has stopped: what clients no longer wait for.
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// claims.tasks().close();
/// claims.tasks().wait().await;
/// # });
/// # Ok::<(), webhook_tower::SecretError>(())
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

impl<S> Layer<S> for Deduplicate {
    type Service = DeduplicateService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        DeduplicateService { inner, claims: self.claims.clone() }
    }
}

/// The service that [`Deduplicate`] puts around another.
#[derive(Debug, Clone)]
pub struct DeduplicateService<S> {
    inner: S,
    claims: Claims,
}

impl<S, B, R> Service<Request<B>> for DeduplicateService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: Send + 'static,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = DeduplicateFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let clone = self.inner.clone();
        let mut ready = mem::replace(&mut self.inner, clone);
        let claims = self.claims.clone();
        let on_rejection = request.extensions().get().cloned().unwrap_or_default();
        let delivery = request.extensions().get::<Delivery>().cloned();
        let Some(delivery) = delivery else {
            return DeduplicateFuture { state: State::Unverified, on_rejection, claims };
        };
        let provider = delivery.provider();
        let task = claims.tasks().spawn({
            let claims = claims.clone();
            async move {
                let handler = move || ready.call(request);
                let succeeded = |result: &Result<Response<R>, S::Error>| {
                    result.as_ref().is_ok_and(|response| response.status().is_success())
                };
                claims.handle(&delivery, handler, succeeded).await
            }
        });
        DeduplicateFuture { state: State::Handling { task, provider }, on_rejection, claims }
    }
}

/// The response of a [`DeduplicateService`]. What it waits for goes on without it.
pub struct DeduplicateFuture<R, E> {
    state: State<R, E>,
    on_rejection: OnRejection,
    claims: Claims,
}

enum State<R, E> {
    Unverified,
    Handling { task: JoinHandle<Outcome<Result<Response<R>, E>>>, provider: &'static str },
}

impl<R, E> Future for DeduplicateFuture<R, E> {
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let (rejection, provider) = match &mut this.state {
            State::Unverified => (RejectionKind::NotConfigured.into(), ""),
            State::Handling { task, provider } => match ready!(Pin::new(task).poll(cx)) {
                Ok(Outcome::Handled(result)) => {
                    return Poll::Ready(result.map(|response| response.map(ResponseBody::inner)));
                }
                Ok(Outcome::Duplicate) => {
                    tracing::info!(provider, "duplicate delivery");
                    return Poll::Ready(Ok(duplicate().map(ResponseBody::ours)));
                }
                Ok(Outcome::Rejected(rejection)) => (rejection, *provider),
                // The runtime is shutting down, or a later version knows more outcomes.
                Ok(_) => (RejectionKind::Unavailable.into(), *provider),
                Err(error) => {
                    (Rejection::new(RejectionKind::Unavailable).caused_by(error), *provider)
                }
            },
        };
        Poll::Ready(Ok(this.reject(rejection, provider).map(ResponseBody::ours)))
    }
}

impl<R, E> DeduplicateFuture<R, E> {
    fn reject(&self, rejection: Rejection, provider: &str) -> Response<Bytes> {
        let in_flight = rejection.kind() == RejectionKind::InFlight;
        let mut response = self.on_rejection.respond(rejection, provider);
        if in_flight {
            let secs = self.claims.retry_delay().as_secs();
            response.headers_mut().insert(RETRY_AFTER, secs.into());
        }
        response
    }
}

fn duplicate() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(DUPLICATE.as_bytes()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl<R, E> fmt::Debug for DeduplicateFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeduplicateFuture").finish_non_exhaustive()
    }
}
