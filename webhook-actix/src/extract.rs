use std::future::Future;
use std::pin::Pin;

use actix_web::dev;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use webhook_core::{Delivery, Payload, RejectionKind};

use crate::config::VerifyWebhook;
use crate::read;
use crate::reject::VerifiedRejection;

/// What was verified, and what it says: the delivery, and its body read as `T`.
///
/// Reads and verifies the body as the innermost [`VerifyWebhook`] in `app_data` says. Without one, or
/// with another provider's than `T`'s, the answer is 500 and the handler does not run.
///
/// Of several extractors of the body, a second `Verified` among them, only the first gets it: one before
/// `Verified` leaves it nothing to verify, one after it sees an empty body.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use webhook_actix::{Json, Verified, VerifyWebhook, providers::github};
///
/// async fn pushed(Verified(delivery, Json(event)): Verified<Json<serde_json::Value>>) -> HttpResponse {
///     println!("{:?}: {}", delivery.id(), event["ref"]);
///     HttpResponse::NoContent().finish()
/// }
///
/// let webhook = VerifyWebhook::new(github::Secret::new("It's a Secret to Everybody")?);
/// let app = App::new()
///     .service(web::resource("/github").app_data(webhook).route(web::post().to(pushed)));
/// # Ok::<(), webhook_actix::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verified<T>(pub Delivery, pub T);

impl<T: Payload + 'static> FromRequest for Verified<T> {
    type Error = VerifiedRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, VerifiedRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let webhook = request.app_data().cloned();
            let verified = match &webhook {
                // What a middleware left counts only if it came from the same configuration.
                Some(webhook) => match Verification::of(&request) {
                    Some(left) if left.webhook.is(webhook) => Ok(left.delivery),
                    Some(_) => Err(RejectionKind::NotConfigured.into()),
                    None => read::verify(&webhook.settings, &request, &mut payload).await,
                },
                None => Verification::of(&request)
                    .map(|left| left.delivery)
                    .ok_or_else(|| RejectionKind::NotConfigured.into()),
            };
            let read = |delivery| T::from_delivery(&delivery).map(|body| Self(delivery, body));
            verified
                .and_then(read)
                .map_err(|rejection| VerifiedRejection::new(rejection, webhook, payload))
        })
    }
}

/// A verification by a middleware, which it notes in the request's extensions.
#[derive(Clone)]
pub(crate) struct Verification {
    pub(crate) webhook: VerifyWebhook,
    pub(crate) delivery: Delivery,
}

impl Verification {
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }
}
