use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest};
use futures_core::Stream;
use webhook_core::SetupError;

/// The turn of the one extractor that reads a request's body, where no middleware keeps the body for all.
///
/// actix-web hands the body to the first that takes it, and an empty one to the others. An empty body would
/// pass for the sender's, so extractors behind a `Verified` get one that fails, and make the `Verified` fail.
#[derive(Clone, Default)]
pub(super) struct Turn(Rc<State>);

#[derive(Default)]
struct State {
    /// Whether another extractor waits for the body.
    is_contested: Cell<bool>,
    is_over: Cell<bool>,
    /// Of the task that extracts: all extractors of a request run in one.
    waiting: Cell<Option<Waker>>,
}

impl Turn {
    /// The turn of a `Verified` that came before, if there was one.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// Takes the body, and leaves one that fails. `None` if another extractor has taken it: it is gone,
    /// though the head declares one.
    pub(super) fn take(request: &HttpRequest, payload: &mut Payload) -> Option<(Self, Payload)> {
        let headers = request.headers();
        let length = headers.get(CONTENT_LENGTH);
        // Over HTTP/2 there is a body, even if it is empty.
        let has_body = request.version() == Version::HTTP_2
            || length.is_some_and(|length| length != "0")
            || headers.contains_key(TRANSFER_ENCODING);
        let body = payload.take();
        if matches!(body, Payload::None) && has_body {
            return None;
        }
        let turn = Self::default();
        request.extensions_mut().insert(turn.clone());
        *payload = Payload::Stream { payload: Box::pin(Taken(turn.clone())) };
        Some((turn, body))
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_over.get()
    }

    /// Whether another extractor waits for the body, once each had the time to say so.
    pub(super) async fn is_contested(&self) -> bool {
        let mut has_waited = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.0.is_contested.get()
    }

    pub(super) fn end(&self) {
        self.0.is_over.set(true);
        if let Some(waker) = self.0.waiting.take() {
            waker.wake();
        }
    }

    /// Contests the turn, and waits until it is over.
    pub(super) fn poll_over(&self, cx: &Context<'_>) -> Poll<()> {
        if self.is_over() {
            return Poll::Ready(());
        }
        self.0.is_contested.set(true);
        self.0.waiting.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

/// A body that was taken.
struct Taken(Turn);

impl Stream for Taken {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        ready!(self.0.poll_over(cx));
        Poll::Ready(Some(Err(PayloadError::Io(io::Error::other(SetupError::BodyTaken)))))
    }
}
