//! The extractor for axum handlers.

use std::fmt;

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;
use webhook_core::{Delivery, Payload, Rejection, RejectionKind};

use crate::respond::OnRejection;

/// What was verified, and what it says: the delivery, and its body read as `T`.
///
/// Works behind [`VerifyWebhook`](crate::VerifyWebhook) only; behind none, or another provider's than
/// `T`'s, the answer is 500 and the handler does not run. It reads the verified bytes whatever other
/// layers did to the request's body, and axum's `DefaultBodyLimit` does not apply to it.
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
/// let app: Router = Router::new().route("/github", post(pushed).layer(VerifyWebhook::new(secret)));
/// # Ok::<(), webhook_tower::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verified<T>(pub Delivery, pub T);

impl<T: Payload, S: Sync> FromRequestParts<S> for Verified<T> {
    type Rejection = VerifiedRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, VerifiedRejection> {
        let delivery = parts.extensions.get::<Delivery>();
        delivery.ok_or_else(|| RejectionKind::NotConfigured.into()).and_then(read).map_err(
            |rejection| VerifiedRejection {
                rejection,
                provider: delivery.map_or("", Delivery::provider),
                on_rejection: parts.extensions.get().cloned().unwrap_or_default(),
            },
        )
    }
}

fn read<T: Payload>(delivery: &Delivery) -> Result<Verified<T>, Rejection> {
    T::from_delivery(delivery).map(|payload| Verified(delivery.clone(), payload))
}

/// Why [`Verified`] could not be handed to a handler. As a response it is what
/// [`VerifyWebhook`](crate::VerifyWebhook) would answer.
#[derive(Clone)]
pub struct VerifiedRejection {
    rejection: Rejection,
    provider: &'static str,
    on_rejection: OnRejection,
}

impl VerifiedRejection {
    /// What is wrong.
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

impl IntoResponse for VerifiedRejection {
    fn into_response(self) -> Response {
        self.on_rejection.respond(self.rejection, self.provider).map(Body::from)
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
