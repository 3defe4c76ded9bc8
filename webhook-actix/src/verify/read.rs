use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use actix_web::rt::time::{Instant, timeout};
use futures_core::Stream as _;
use webhook_core::adapter::{Arrival, Intake, Observation, Settings};
use webhook_core::{
    Endpoint, Head, Headers, Lookup, LookupFuture, Rejection, RejectionKind, Repeated,
};

use super::VerifyWebhook;

/// actix-web's headers are those of `http` 0.2, which core does not know.
struct ActixHeaders<'a>(&'a HeaderMap);

impl Headers for ActixHeaders<'_> {
    fn find(&self, name: &str) -> Result<Option<&[u8]>, Repeated> {
        Repeated::unless_single(self.0.get_all(name).map(HeaderValue::as_bytes))
    }
}

/// Looks the endpoint up, judges the head, then reads and verifies the body as it comes. The observation has not ended.
pub(crate) async fn verify(
    webhook: &VerifyWebhook,
    request: &HttpRequest,
    payload: &mut Payload,
) -> (Observation, Result<Arrival, Rejection>) {
    let settings = webhook.settings();
    let (mut observation, endpoint, left) = match webhook.look_up(request) {
        None => (Observation::begin(settings, None), None, settings.body_timeout()),
        Some(Lookup::Ready(endpoint)) => {
            (Observation::begin(settings, endpoint.as_ref()), endpoint, settings.body_timeout())
        }
        Some(Lookup::Later(lookup)) => {
            let (start, mut observation) = (Instant::now(), Observation::unverified());
            match wait_for(lookup, settings).await {
                Ok(endpoint) => {
                    observation.found(settings, endpoint.as_ref());
                    // What is left of the time is the body's.
                    let left = settings.body_timeout().saturating_sub(start.elapsed());
                    (observation, endpoint, left)
                }
                Err(rejection) => return (observation, Err(rejection)),
            }
        }
    };
    let arrived = read(settings, endpoint.as_ref(), request, payload, left).await;
    if let Ok(Arrival::Delivery(receipt)) = &arrived {
        observation.verified(receipt.delivery());
    }
    let provider = observation.provider();
    (observation, arrived.map_err(|rejection| rejection.of(provider)))
}

async fn wait_for(
    lookup: LookupFuture,
    settings: &Settings,
) -> Result<Option<Endpoint>, Rejection> {
    timeout(settings.body_timeout(), lookup)
        .await
        .unwrap_or_else(|_| Err("the lookup of the endpoint took too long".into()))
        .map_err(|error| Rejection::new(RejectionKind::LookupFailed).caused_by(error))
}

async fn read(
    settings: &Settings,
    endpoint: Option<&Endpoint>,
    request: &HttpRequest,
    payload: &mut Payload,
    time: Duration,
) -> Result<Arrival, Rejection> {
    let headers = ActixHeaders(request.headers());
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let head = Head::new(request.method().as_str(), target, &headers);
    let declared = declared_len(request.headers());
    let mut intake = Intake::begin(settings, endpoint, &head, declared)?;
    let reading =
        poll_fn(|cx| intake.poll(cx, |cx| Pin::new(&mut *payload).poll_next(cx).map_err(broken)));
    timeout(time, reading).await.unwrap_or_else(|_| Err(RejectionKind::BodyTimeout.into()))
}

/// The length that the request declares. The payload itself does not always end there: for a request with
/// `Upgrade: websocket` actix-web reads until the client closes. Where a transfer coding frames the body,
/// its `Content-Length` says nothing.
fn declared_len(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return None;
    }
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn broken(error: PayloadError) -> Rejection {
    let kind = match error {
        PayloadError::Overflow => RejectionKind::BodyTooLarge,
        _ => RejectionKind::BodyUnreadable,
    };
    Rejection::new(kind).caused_by(error)
}
