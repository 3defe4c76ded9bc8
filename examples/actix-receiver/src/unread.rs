//! Bodies that nobody reads.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};

/// Middleware for handlers that do not read bodies: a request's connection is closed if its body has not
/// arrived when the answer is sent.
///
/// Without it, actix-http 3.20 reads and discards a chunked body that nobody reads, without limit.
pub async fn close(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let unread = request.take_payload();
    let response = next.call(request).await?;
    Ok(response.map_body(|_, body| Holding { body: Box::pin(body), _unread: unread }))
}

/// A response's body that keeps the request's alive until it is sent.
struct Holding<B> {
    body: Pin<Box<B>>,
    _unread: Payload,
}

impl<B: MessageBody> MessageBody for Holding<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_mut().poll_next(cx)
    }
}
