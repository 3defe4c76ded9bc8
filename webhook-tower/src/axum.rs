//! For axum: the extractor, and its rejection as a response.

use std::fmt;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use webhook_core::adapter::{Observation, Outcome};
use webhook_core::{Delivery, Payload, Rejection, SetupError};

use crate::Received;
use crate::respond::OnRejection;

/// What was verified, and what it says: the delivery, and its body read as `T`.
///
/// Works behind [`VerifyWebhook`](crate::VerifyWebhook) only. Without one, or behind another provider's than
/// `T`'s, the answer is 500 and the handler does not run; the log says which. It reads the verified bytes
/// whatever other layers did to the request's body, and axum's `DefaultBodyLimit` does not apply to it.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::post};
/// use webhook_tower::{Json, VerifyWebhook, axum::Verified, providers::github};
///
/// async fn pushed(Verified(delivery, Json(event)): Verified<Json<serde_json::Value>>) -> StatusCode {
///     println!("{:?}: {}", delivery.id(), event["ref"]);
///     StatusCode::NO_CONTENT
/// }
///
/// let secret = github::Secret::new("It's a Secret to Everybody")?;
/// let webhook = VerifyWebhook::new(secret);
/// let app: Router = Router::new().route("/github", post(pushed).route_layer(webhook));
/// # Ok::<(), webhook_tower::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verified<T>(pub Delivery, pub T);

impl<T: Payload, S: Sync> FromRequestParts<S> for Verified<T> {
    type Rejection = VerifiedRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifiedRejection> {
        let Some(received) = parts.extensions.get::<Received>() else {
            let rejection = Rejection::from(SetupError::NotVerified);
            // Nothing further out observes this request.
            Observation::unverified().end(parts.uri.path(), &Outcome::Rejected(rejection.clone()));
            return Err(rejection.into());
        };
        let delivery = received.delivery();
        match T::from_delivery(delivery) {
            Ok(payload) => Ok(Self(delivery.clone(), payload)),
            Err(rejection) => Err(VerifiedRejection {
                rejection: received.receipt.note_rejection(rejection),
                on_rejection: received.on_rejection.clone(),
            }),
        }
    }
}

/// Runs an extractor on the head of a request, for [`VerifyWebhook::per_request`](crate::VerifyWebhook::per_request):
/// `extract::<Path<(String, String)>>(parts)`, `extract::<MatchedPath>(parts)`.
///
/// Returns `None` if the extractor rejects the request, or has to wait for something. Paths are those of the whole app,
/// also in a router that is nested. It runs on a copy of the head.
pub fn extract<T: FromRequestParts<()>>(parts: &Parts) -> Option<T> {
    let mut parts = parts.clone();
    let mut extracting = pin!(T::from_request_parts(&mut parts, &()));
    match extracting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(extracted) => extracted.ok(),
        Poll::Pending => None,
    }
}

/// A [`Rejection`] as a response: the one that [`VerifyWebhook`](crate::VerifyWebhook) would answer.
///
/// A handler may return it, to answer as the layer does:
///
/// ```
/// use axum::http::StatusCode;
/// use webhook_tower::axum::{Verified, VerifiedRejection};
/// use webhook_tower::{Bytes, Rejection, RejectionKind};
///
/// async fn handle(_: Verified<Bytes>) -> Result<StatusCode, VerifiedRejection> {
///     // The sender should retry: 503.
///     Err(Rejection::new(RejectionKind::Unavailable).into())
/// }
/// ```
#[derive(Clone)]
pub struct VerifiedRejection {
    rejection: Rejection,
    on_rejection: OnRejection,
}

impl VerifiedRejection {
    /// What is wrong.
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

/// Answered as documented, whatever `VerifyWebhook::on_rejection` says.
impl From<Rejection> for VerifiedRejection {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, on_rejection: OnRejection::default() }
    }
}

impl IntoResponse for VerifiedRejection {
    fn into_response(self) -> Response {
        self.on_rejection.respond(self.rejection).map(Body::from)
    }
}

impl fmt::Display for VerifiedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)
    }
}

impl fmt::Debug for VerifiedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)
    }
}

impl std::error::Error for VerifiedRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.rejection.source()
    }
}
