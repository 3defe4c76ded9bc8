use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, ResponseError};
use webhook_core::Rejection;
use webhook_core::adapter::Answer;

use crate::VerifyWebhook;

/// A [`Rejection`] as an error of actix-web, whose response is the one that
/// [`VerifyWebhook`] would answer.
///
/// A handler may return it, to answer as the extractor does:
///
/// ```
/// use actix_web::HttpResponse;
/// use webhook_actix::{Bytes, Rejection, RejectionKind, Verified, VerifiedRejection};
///
/// async fn handle(_: Verified<Bytes>) -> Result<HttpResponse, VerifiedRejection> {
///     // The sender should retry: 503.
///     Err(Rejection::new(RejectionKind::Unavailable).into())
/// }
/// ```
pub struct VerifiedRejection {
    rejection: Rejection,
    webhook: Option<VerifyWebhook>,
    unread: RefCell<Payload>,
}

impl VerifiedRejection {
    pub(crate) const fn new(rejection: Rejection, webhook: Option<VerifyWebhook>) -> Self {
        Self { rejection, webhook, unread: RefCell::new(Payload::None) }
    }

    /// Holds on to what is left of the request's body until the response is sent.
    pub(crate) fn holding(mut self, unread: Payload) -> Self {
        self.unread = RefCell::new(unread);
        self
    }

    /// What is wrong.
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

/// Answered as documented, whatever `VerifyWebhook::on_rejection` says.
impl From<Rejection> for VerifiedRejection {
    fn from(rejection: Rejection) -> Self {
        Self::new(rejection, None)
    }
}

/// The response carries the rejection in its extensions.
impl ResponseError for VerifiedRejection {
    fn status_code(&self) -> StatusCode {
        status(self.rejection.status())
    }

    fn error_response(&self) -> HttpResponse {
        let rejection = &self.rejection;
        let chosen = self.webhook.as_ref().and_then(|webhook| webhook.on_rejection.as_ref());
        let answer = Answer::from(rejection);
        let retry_after = answer.retry_after;
        let mut response = chosen.map_or_else(|| respond(answer), |respond| respond(rejection));
        if let Some(secs) = retry_after {
            let headers = response.headers_mut();
            if !headers.contains_key(RETRY_AFTER) {
                headers.insert(RETRY_AFTER, HeaderValue::from(secs));
            }
        }
        response.extensions_mut().insert(rejection.clone());
        let unread = self.unread.try_borrow_mut().map_or(Payload::None, |mut unread| unread.take());
        response.map_body(|_, body| BoxBody::new(Holding { body, _unread: unread }))
    }
}

/// An answer as a response.
pub(crate) fn respond(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::build(status(answer.status));
    response.content_type(answer.content_type);
    if let Some(secs) = answer.retry_after {
        response.insert_header((RETRY_AFTER, secs));
    }
    response.body(answer.body)
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
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

/// A response body that holds on to the request's until it is sent: once that is dropped, actix-http
/// reads and discards whatever a client cares to send in chunks, without limit.
struct Holding {
    body: BoxBody,
    _unread: Payload,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
