use tower_layer::Layer;
use webhook_idempotency::Claims;

use super::DeduplicateService;

/// The layer that lets each delivery be handled once.
///
/// Goes inside [`VerifyWebhook`](crate::VerifyWebhook): only what was verified is claimed.
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
/// let app: Router = Router::new().route("/webhooks/voisnap", post(handle).route_layer(layers));
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
    pub(super) claims: Claims,
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
        DeduplicateService::new(inner, self.claims.clone())
    }
}
