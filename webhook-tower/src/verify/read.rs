use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http_body::{Body, Frame};
use http_body_util::LengthLimitError;
use pin_project_lite::pin_project;
use webhook_core::adapter::{Arrival, Intake};
use webhook_core::{Rejection, RejectionKind};

use super::deadline::Deadline;

pin_project! {
    /// Reads a body and verifies it as it comes.
    pub(super) struct ReadBody<B> {
        #[pin]
        body: B,
        deadline: Deadline,
        intake: Intake,
    }
}

impl<B> ReadBody<B> {
    pub(super) const fn new(body: B, intake: Intake, deadline: Deadline) -> Self {
        Self { body, deadline, intake }
    }
}

impl<B> Future for ReadBody<B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Arrival, Rejection>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let frame = |frame: Frame<B::Data>| {
            // Trailers are not signed; they count as a frame and are dropped.
            let data = frame.into_data().map(|mut data| data.copy_to_bytes(data.remaining()));
            data.unwrap_or_default()
        };
        let next = |cx: &mut Context<'_>| {
            let polled = this.body.as_mut().poll_frame(cx);
            polled.map_ok(frame).map_err(|error| broken(error.into()))
        };
        if let Poll::Ready(outcome) = this.intake.poll(cx, next) {
            return Poll::Ready(outcome);
        }
        ready!(this.deadline.poll(cx));
        Poll::Ready(Err(RejectionKind::BodyTimeout.into()))
    }
}

/// A body that another layer cut short at its own limit is too large; any other error broke it off.
fn broken(error: Box<dyn Error + Send + Sync>) -> Rejection {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
    while let Some(each) = cause {
        if each.is::<LengthLimitError>() {
            return Rejection::new(RejectionKind::BodyTooLarge).caused_by(error);
        }
        cause = each.source();
    }
    Rejection::new(RejectionKind::BodyUnreadable).caused_by(error)
}
