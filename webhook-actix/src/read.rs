use std::future::poll_fn;
use std::pin::Pin;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};
use actix_web::rt::task::yield_now;
use actix_web::rt::time::timeout;
use futures_core::Stream as _;
use webhook_core::adapter::{Intake, Settings, Slice};
use webhook_core::{Delivery, Head, Headers, Rejection, RejectionKind, Repeated};

/// actix-web's headers are those of `http` 0.2, which core does not know.
struct ActixHeaders<'a>(&'a HeaderMap);

impl Headers for ActixHeaders<'_> {
    fn find(&self, name: &str) -> Result<Option<&[u8]>, Repeated> {
        Repeated::unless_single(self.0.get_all(name).map(HeaderValue::as_bytes))
    }
}

/// Judges the head, then reads and verifies the body as it comes.
pub(crate) async fn verify(
    settings: &Settings,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Delivery, Rejection> {
    let headers = ActixHeaders(request.headers());
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let head = Head::new(request.method().as_str(), target, &headers);
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse().ok());
    let intake = Intake::begin(settings, &head, declared)?;
    timeout(settings.body_timeout(), read(payload, intake))
        .await
        .unwrap_or_else(|_| Err(RejectionKind::BodyTimeout.into()))
}

async fn read(payload: &mut Payload, mut intake: Intake) -> Result<Delivery, Rejection> {
    let mut slice = Slice::default();
    loop {
        while !intake.hash(&mut slice) {
            yield_now().await;
            slice = Slice::default();
        }
        match poll_fn(|cx| Pin::new(&mut *payload).poll_next(cx)).await {
            Some(Ok(frame)) => intake.push(frame, &mut slice)?,
            Some(Err(error)) => return Err(broken(error)),
            None => return intake.finish(),
        }
    }
}

fn broken(error: PayloadError) -> Rejection {
    let kind = match error {
        PayloadError::Overflow => RejectionKind::BodyTooLarge,
        _ => RejectionKind::BodyUnreadable,
    };
    Rejection::new(kind).caused_by(error)
}
