use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Buf;
use http_body::Body;
use http_body_util::LengthLimitError;
use pin_project_lite::pin_project;
use webhook_core::adapter::{Intake, Slice};
use webhook_core::{Delivery, Rejection, RejectionKind};

use crate::deadline::Deadline;

pin_project! {
    /// Reads a body and verifies it as it comes.
    pub(crate) struct ReadBody<B> {
        #[pin]
        body: B,
        #[pin]
        deadline: Deadline,
        intake: Option<Intake>,
    }
}

impl<B> ReadBody<B> {
    pub(crate) const fn new(body: B, intake: Intake, timeout: Duration) -> Self {
        Self { body, deadline: Deadline::new(timeout), intake: Some(intake) }
    }
}

impl<B> Future for ReadBody<B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = Result<Delivery, Rejection>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut slice = Slice::default();
        while let Some(intake) = this.intake {
            if !intake.hash(&mut slice) {
                // The body has more for us, and other tasks have waited.
                cx.waker().wake_by_ref();
                break;
            }
            match this.body.as_mut().poll_frame(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers are not signed; they count as a frame and are dropped.
                    let data = frame.into_data().ok();
                    let bytes = data.map(|mut data| data.copy_to_bytes(data.remaining()));
                    intake.push(bytes.unwrap_or_default(), &mut slice)?;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(broken(error.into()))),
                Poll::Ready(None) => {
                    if let Some(intake) = this.intake.take() {
                        return Poll::Ready(intake.finish());
                    }
                }
            }
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
