use std::future::{Future, poll_fn};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use webhook_core::adapter::{Arrival, Observation, Outcome};
use webhook_core::{Answer, Delivery, Payload as ReadAs, Rejection, SetupError};

use super::VerifyWebhook;
use super::read;
use super::turn::Turn;
use crate::{Received, VerifiedRejection};

/// What was verified, and what it says: the delivery, and its body read as `T`.
///
/// Reads and verifies the body as the innermost [`VerifyWebhook`] in `app_data` says. Without one, or with
/// another provider's than `T`'s, the answer is 500 and the handler does not run; the log says which.
///
/// Behind [`VerifyWebhook`] as a middleware any number of extractors may read the body. Without the middleware
/// only one extractor can read it: a handler that takes two of them, in any order, is answered 500.
///
/// The requests by which a provider tries the endpoint out are answered, and the handler does not run. Some are a
/// GET or a HEAD, as the provider's module says: without the middleware, route every method then, with
/// `web::route().to(handle)`. A handler that takes `Result<Verified<T>, VerifiedRejection>` gets them as an error
/// without a [`rejection`](VerifiedRejection::rejection): return that.
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
        if let Some(turn) = Turn::of(&request) {
            return Box::pin(async move { second(&request, &turn).await });
        }
        let taken = Turn::take(&request, payload);
        Box::pin(async move {
            let Some((turn, mut payload)) = taken else {
                return observed(&request, unread(&request), Err(SetupError::BodyTaken.into()));
            };
            let (observation, verified) = from_payload(&request, &mut payload, &turn).await;
            let verified = observed(&request, observation, verified);
            turn.end();
            verified.map_err(|rejection| rejection.holding(payload))
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

async fn from_payload<T: ReadAs>(
    request: &HttpRequest,
    payload: &mut Payload,
    turn: &Turn,
) -> (Observation, Result<Verified<T>, Stop>) {
    let Some(webhook) = request.app_data::<VerifyWebhook>() else {
        return (Observation::unverified(), Err(SetupError::NotVerified.into()));
    };
    let (observation, arrived) = read::verify(webhook, request, payload).await;
    let verified = match arrived {
        Ok(Arrival::Delivery(receipt)) => from_delivery(receipt.into_delivery(), turn).await,
        Ok(Arrival::Handshake { answer, .. }) => Err(Stop::Handshake(answer)),
        Err(rejection) => Err(rejection.into()),
    };
    (observation, verified)
}

async fn from_delivery<T: ReadAs>(delivery: Delivery, turn: &Turn) -> Result<Verified<T>, Stop> {
    if turn.is_contested().await {
        return Err(SetupError::BodyTaken.into());
    }
    Ok(T::from_delivery(&delivery).map(|payload| Verified(delivery, payload))?)
}

/// Why the handler does not run.
enum Stop {
    Rejected(Rejection),
    Handshake(Answer),
}

impl<E: Into<Rejection>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Rejected(error.into())
    }
}

/// A `Verified` behind another one, which observes the request unless it has already.
async fn second<T>(request: &HttpRequest, turn: &Turn) -> Result<T, VerifiedRejection> {
    let rejection = Rejection::from(SetupError::BodyTaken);
    if turn.is_over() {
        return observed(request, unread(request), Err(rejection.into()));
    }
    poll_fn(|cx| turn.poll_over(cx)).await;
    Err(VerifiedRejection::new(rejection, request.app_data().cloned()))
}

/// For a request whose body is not read here.
fn unread(request: &HttpRequest) -> Observation {
    let webhook = request.app_data::<VerifyWebhook>();
    webhook.map_or_else(Observation::unverified, |webhook| {
        Observation::begin(webhook.settings(), None)
    })
}

/// Observes what became of a request: nothing further out does.
fn observed<T>(
    request: &HttpRequest,
    mut observation: Observation,
    verified: Result<T, Stop>,
) -> Result<T, VerifiedRejection> {
    let (outcome, verified) = match verified {
        Ok(verified) => (Outcome::Accepted, Ok(verified)),
        Err(Stop::Handshake(answer)) => {
            (Outcome::Handshake, Err(VerifiedRejection::handshake(answer)))
        }
        Err(Stop::Rejected(rejection)) => {
            let rejection = rejection.of(observation.provider());
            let webhook = request.app_data::<VerifyWebhook>();
            let outcome = Outcome::Rejected(rejection.clone());
            (outcome, Err(VerifiedRejection::new(rejection, webhook.cloned())))
        }
    };
    observation.end(request.path(), &outcome);
    verified
}
