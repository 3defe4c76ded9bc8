use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use pin_project_lite::pin_project;

/// A request body whose bytes were verified: there at once, of known size, without trailers (they are
/// not signed).
#[derive(Debug, Clone, Default)]
pub struct VerifiedBody(Full<Bytes>);

impl From<Bytes> for VerifiedBody {
    fn from(bytes: Bytes) -> Self {
        Self(Full::new(bytes))
    }
}

/// What has not been read of it.
impl From<VerifiedBody> for Bytes {
    fn from(body: VerifiedBody) -> Self {
        // A `Full` has one frame at most, and it is ready.
        let mut frame = body.0.collect();
        match Pin::new(&mut frame).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(collected)) => collected.to_bytes(),
            Poll::Pending => Self::new(),
        }
    }
}

impl Body for VerifiedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

pin_project! {
    /// A response body: the inner service's, or that of an answer of ours.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        body: Either<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = EitherProj]
    enum Either<B> {
        Inner { #[pin] body: B },
        Ours { body: Full<Bytes> },
    }
}

/// Of the inner service, empty: what layers outside answer with, such as a timeout.
impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::inner(B::default())
    }
}

impl<B> ResponseBody<B> {
    pub(crate) const fn inner(body: B) -> Self {
        Self { body: Either::Inner { body } }
    }

    pub(crate) fn ours(bytes: Bytes) -> Self {
        Self { body: Either::Ours { body: Full::new(bytes) } }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().body.project() {
            EitherProj::Inner { body } => body.poll_frame(cx),
            EitherProj::Ours { body } => {
                Pin::new(body).poll_frame(cx).map_err(|never| match never {})
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Either::Inner { body } => body.is_end_stream(),
            Either::Ours { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Either::Inner { body } => body.size_hint(),
            Either::Ours { body } => body.size_hint(),
        }
    }
}
