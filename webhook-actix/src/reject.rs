use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, ResponseError};
use webhook_core::Rejection;
use webhook_core::adapter::Chain;

use crate::config::VerifyWebhook;

/// A refused request: its [`Rejection`], and the response that answers it.
pub struct VerifiedRejection {
    rejection: Rejection,
    webhook: Option<VerifyWebhook>,
    unread: RefCell<Payload>,
}

impl VerifiedRejection {
    /// `unread` is what is left of the request's body.
    pub(crate) const fn new(
        rejection: Rejection,
        webhook: Option<VerifyWebhook>,
        unread: Payload,
    ) -> Self {
        Self { rejection, webhook, unread: RefCell::new(unread) }
    }

    /// What is wrong.
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

/// Logs the rejection; its response carries it in its extensions.
impl ResponseError for VerifiedRejection {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.rejection.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let rejection = &self.rejection;
        let (kind, status) = (rejection.kind(), rejection.status());
        let provider = self.webhook.as_ref().map_or("", |webhook| webhook.settings.provider());
        let cause = std::error::Error::source(rejection).map(Chain).map(tracing::field::display);
        if status >= 500 {
            tracing::error!(provider, status, ?kind, cause, "webhook rejected");
        } else {
            tracing::info!(provider, status, ?kind, cause, "webhook rejected");
        }
        let chosen = self.webhook.as_ref().and_then(|webhook| webhook.on_rejection.as_ref());
        let mut response = match chosen {
            Some(respond) => respond(rejection),
            None => HttpResponse::build(self.status_code())
                .content_type(ContentType::json())
                .body(rejection.to_json()),
        };
        response.extensions_mut().insert(rejection.clone());
        let unread = self.unread.try_borrow_mut().map_or(Payload::None, |mut unread| unread.take());
        response.map_body(|_, body| BoxBody::new(Holding { body, _unread: unread }))
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
