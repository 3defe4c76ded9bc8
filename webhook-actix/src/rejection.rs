use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
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
    why: Why,
    unread: RefCell<Payload>,
}

/// Why no handler runs.
enum Why {
    Rejected {
        rejection: Rejection,
        webhook: Option<VerifyWebhook>,
    },
    /// It is not an error, but an extractor has no other way to answer.
    Handshake(Answer),
}

impl VerifiedRejection {
    pub(crate) const fn new(rejection: Rejection, webhook: Option<VerifyWebhook>) -> Self {
        Self { why: Why::Rejected { rejection, webhook }, unread: RefCell::new(Payload::None) }
    }

    pub(crate) const fn handshake(answer: Answer) -> Self {
        Self { why: Why::Handshake(answer), unread: RefCell::new(Payload::None) }
    }

    /// Holds on to what is left of the request's body until the response is sent.
    pub(crate) fn holding(mut self, unread: Payload) -> Self {
        self.unread = RefCell::new(unread);
        self
    }

    /// What is wrong; `None` if nothing is, since the request is a handshake of the provider, which this
    /// answers.
    pub const fn rejection(&self) -> Option<&Rejection> {
        match &self.why {
            Why::Rejected { rejection, .. } => Some(rejection),
            Why::Handshake(_) => None,
        }
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
        match &self.why {
            Why::Rejected { rejection, .. } => status(rejection.status()),
            Why::Handshake(answer) => status(answer.status),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let response = match &self.why {
            Why::Rejected { rejection, webhook } => rejected(rejection, webhook.as_ref()),
            Why::Handshake(answer) => respond(answer.clone()),
        };
        let unread = self.unread.try_borrow_mut().map_or(Payload::None, |mut unread| unread.take());
        response.map_body(|_, body| BoxBody::new(Holding { body, _unread: unread }))
    }
}

fn rejected(rejection: &Rejection, webhook: Option<&VerifyWebhook>) -> HttpResponse {
    let answer = Answer::from(rejection);
    let chosen = webhook.and_then(|webhook| webhook.chosen_response(rejection));
    let mut response = match chosen {
        Some(chosen) => with_headers(chosen, answer.headers),
        None => respond(answer),
    };
    response.extensions_mut().insert(rejection.clone());
    response
}

/// An answer as a response.
pub(crate) fn respond(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::build(status(answer.status));
    let response = response.content_type(answer.content_type).body(answer.body);
    with_headers(response, answer.headers)
}

/// Adds the headers that are not there.
fn with_headers(mut response: HttpResponse, headers: Vec<(&'static str, String)>) -> HttpResponse {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            && !response.headers().contains_key(&name)
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl fmt::Display for VerifiedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Rejected { rejection, .. } => rejection.fmt(f),
            Why::Handshake(_) => f.write_str("a handshake, which is answered"),
        }
    }
}

impl fmt::Debug for VerifiedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
