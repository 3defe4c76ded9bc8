//! Bodies that arrive in frames, and futures that are polled by hand.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame};

/// A body in frames of one length, each always ready and in memory of its own, as a server reads them.
#[derive(Debug)]
pub struct Frames {
    rest: Bytes,
    len: usize,
}

impl Frames {
    /// `body` in frames of `len` bytes.
    pub const fn new(body: Bytes, len: usize) -> Self {
        Self { rest: body, len }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let len = self.len.min(self.rest.len());
        let frame = Bytes::copy_from_slice(&self.rest.split_to(len));
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Polls a future until it is done.
pub fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Polls a future until it is done, and tells how long the longest poll took.
pub fn longest_poll<F: Future>(future: F) -> (F::Output, Duration) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut longest = Duration::ZERO;
    loop {
        let start = Instant::now();
        let poll = future.as_mut().poll(&mut context);
        longest = longest.max(start.elapsed());
        if let Poll::Ready(output) = poll {
            return (output, longest);
        }
    }
}
