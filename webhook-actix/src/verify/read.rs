use std::future::poll_fn;
use std::pin::Pin;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use actix_web::rt::time::timeout;
use futures_core::Stream as _;
use webhook_core::adapter::{Intake, Settings};
use webhook_core::{Checked, Head, Headers, Rejection, RejectionKind, Repeated};

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
) -> Result<Checked, Rejection> {
    let headers = ActixHeaders(request.headers());
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let head = Head::new(request.method().as_str(), target, &headers);
    let declared = declared_len(request.headers());
    let mut intake = Intake::begin(settings, &head, declared)?;
    let reading =
        poll_fn(|cx| intake.poll(cx, |cx| Pin::new(&mut *payload).poll_next(cx).map_err(broken)));
    timeout(settings.body_timeout(), reading)
        .await
        .unwrap_or_else(|_| Err(RejectionKind::BodyTimeout.into()))
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
