use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use webhook_core::adapter::{Outcome, observe};
use webhook_core::{Checked, Delivery, Payload as ReadAs, Rejection, SetupError};

use super::VerifyWebhook;
use super::read;
use crate::{Received, VerifiedRejection};

/// What was verified, and what it says: the delivery, and its body read as `T`.
///
/// Reads and verifies the body as the innermost [`VerifyWebhook`] in `app_data` says. Without one, or with
/// another provider's than `T`'s, the answer is 500 and the handler does not run; the log says which.
///
/// Behind [`VerifyWebhook`] as a middleware any number of extractors may read the body. Without the middleware
/// only the first extractor that reads the body receives it, as everywhere in actix-web: a `Verified` behind
/// another one is answered 500, and an extractor behind `Verified` sees an empty body.
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

impl<T: ReadAs + 'static> FromRequest for Verified<T> {
    type Error = VerifiedRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, VerifiedRejection>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        // What a middleware has verified stays there for other extractors.
        if let Some(received) = Received::of(&request) {
            return Box::pin(async move { from_middleware(&request, &received) });
        }
        let is_taken = is_taken(&request, payload);
        let mut payload = payload.take();
        Box::pin(async move {
            from_payload(&request, &mut payload, is_taken)
                .await
                .map_err(|rejection| rejection.holding(payload))
        })
    }
}

fn from_middleware<T: ReadAs>(
    request: &HttpRequest,
    received: &Received,
) -> Result<Verified<T>, VerifiedRejection> {
    let Received { receipt, webhook } = received;
    // What a middleware left counts only if it came from the same configuration.
    let is_other = |inner: &VerifyWebhook| !inner.is(webhook);
    let delivery = receipt.delivery();
    if request.app_data().is_some_and(is_other) {
        Err(SetupError::VerifiedTwice.into())
    } else {
        T::from_delivery(delivery)
    }
    .map(|payload| Verified(delivery.clone(), payload))
    .map_err(|rejection| {
        VerifiedRejection::new(receipt.note_rejection(rejection), Some(webhook.clone()))
    })
}

/// Verifies, reads and observes: nothing further out does.
async fn from_payload<T: ReadAs>(
    request: &HttpRequest,
    payload: &mut Payload,
    is_taken: bool,
) -> Result<Verified<T>, VerifiedRejection> {
    let webhook = request.app_data::<VerifyWebhook>();
    let provider = webhook.map_or("", |webhook| webhook.settings.provider());
    let checked = match webhook {
        Some(_) if is_taken => Err(SetupError::BodyTaken.into()),
        Some(webhook) => read::verify(&webhook.settings, request, payload).await,
        None => Err(SetupError::NotVerified.into()),
    };
    let delivery = match checked {
        Ok(Checked::Delivery(delivery)) => Ok(delivery),
        Ok(Checked::Handshake { answer, .. }) => {
            observe(provider, request.path(), &Outcome::Handshake);
            return Err(VerifiedRejection::handshake(answer));
        }
        Err(rejection) => Err(rejection),
    };
    let read = |delivery| T::from_delivery(&delivery).map(|payload| Verified(delivery, payload));
    let read = delivery.and_then(read).map_err(|rejection: Rejection| rejection.of(provider));
    let outcome = match &read {
        Ok(_) => Outcome::Accepted,
        Err(rejection) => Outcome::Rejected(rejection.clone()),
    };
    observe(provider, request.path(), &outcome);
    read.map_err(|rejection| VerifiedRejection::new(rejection, webhook.cloned()))
}

/// Whether another extractor has taken the body: it is gone, though the head declares one, or a `Verified`
/// was here before. Notes that one is here now.
fn is_taken(request: &HttpRequest, payload: &Payload) -> bool {
    struct Taken;

    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH);
    let has_body =
        length.is_some_and(|length| length != "0") || headers.contains_key(TRANSFER_ENCODING);
    let is_gone = matches!(payload, Payload::None) && has_body;
    request.extensions_mut().insert(Taken).is_some() || is_gone
}
