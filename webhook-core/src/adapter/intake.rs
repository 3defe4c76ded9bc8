use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::budget::{Budget, Share};
use super::buffer::Buffer;
use super::receipt::{Arrival, Receipt};
use super::settings::Settings;
use crate::endpoint::Endpoint;
use crate::error::SetupError;
use crate::headers::Head;
use crate::rejection::{Rejection, RejectionKind};
use crate::verify::{Checked, Verification};

/// How many bytes one call of [`Intake::poll`] hashes or copies before other tasks get their turn: about 256
/// KiB.
const SLICE: usize = 256 * 1024;

/// The additional cost of a frame, since even a tiny frame takes time.
const PER_FRAME: usize = 1024;

/// A body of at most this length that arrives in one frame is hashed at the end in one call, so that no
/// running hash state is kept.
const IN_ONE_GO: usize = 64 * 1024;

/// Reads one body within its limits, hashes it while it arrives, and keeps it for later readers.
pub struct Intake {
    /// `None` once the request is accepted or rejected.
    verification: Option<Verification>,
    endpoint: Option<Arc<str>>,
    buffer: Buffer,
    /// Received bytes that are not hashed yet.
    pending: Bytes,
    len: usize,
    limit: usize,
    declared: Option<usize>,
    ended: bool,
    share: Option<Share>,
}

impl Intake {
    /// Checks the head of a request and its declared length. `endpoint` is the result of a lookup; it is `None` too if the
    /// settings verify all requests alike.
    ///
    /// The declared length is the body's length according to its framing, or `None` if that is not known in
    /// advance.
    ///
    /// # Errors
    ///
    /// If no body could make this request acceptable. The body need not be read.
    pub fn begin(
        settings: &Settings,
        endpoint: Option<&Endpoint>,
        head: &Head<'_>,
        declared: Option<u64>,
    ) -> Result<Self, Rejection> {
        let verification = settings.verify(endpoint).begin(head, settings.clock())?;
        let declared = match declared.map(usize::try_from) {
            Some(Ok(declared)) if declared <= settings.body_limit => Some(declared),
            None => None,
            Some(_) => return Err(RejectionKind::BodyTooLarge.into()),
        };
        Ok(Self {
            verification: Some(verification),
            endpoint: endpoint.and_then(Endpoint::shared_id).cloned(),
            buffer: Buffer::default(),
            pending: Bytes::new(),
            len: 0,
            limit: settings.body_limit,
            declared,
            ended: false,
            share: settings.budget.as_ref().map(Budget::share),
        })
    }

    /// Reads the body, and returns what has arrived or a rejection when the body has ended.
    ///
    /// `next` polls for the next frame. An empty frame is allowed. It is called until it returns pending,
    /// until the body has ended, or until other tasks should get their turn; in that case the task is woken
    /// at once. A body with a declared length ends at that length, even if `next` does not report the end.
    ///
    /// The task is also woken when this body is dropped in favor of others, because all bodies together would
    /// exceed the memory limit of the settings.
    ///
    /// Calling it again after it has returned [`Poll::Ready`] is a bug in the adapter:
    /// [`SetupError::AdapterMisuse`].
    ///
    /// # Errors
    ///
    /// If the request is not authentic, if its body is too large or longer or shorter than declared, if it
    /// was dropped in favor of other bodies, or if `next` fails.
    pub fn poll(
        &mut self,
        cx: &mut Context<'_>,
        next: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Rejection>>>,
    ) -> Poll<Result<Arrival, Rejection>> {
        let outcome = self.advance(cx, next);
        if outcome.is_ready() {
            // A rejected body holds no memory while the response is sent.
            self.verification = None;
            self.buffer = Buffer::default();
            self.pending = Bytes::new();
            self.share = None;
        }
        outcome
    }

    fn advance(
        &mut self,
        cx: &mut Context<'_>,
        mut next: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Rejection>>>,
    ) -> Poll<Result<Arrival, Rejection>> {
        if self.verification.is_none() {
            return Poll::Ready(Err(SetupError::AdapterMisuse.into()));
        }
        if let Some(share) = &self.share {
            share.wait(cx.waker())?;
        }
        let mut slice = SLICE;
        loop {
            if !self.hash(&mut slice) || (self.ended && !self.buffer.join(&mut slice)) {
                // There is more to do, but other tasks get their turn first.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if self.ended {
                return Poll::Ready(self.finish());
            }
            match next(cx) {
                Poll::Ready(Some(frame)) => self.push(frame?, cx, &mut slice)?,
                Poll::Ready(None) => self.ended = true,
                Poll::Pending if self.declared == Some(self.len) => self.ended = true,
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Adds a frame. All earlier bytes are hashed already.
    fn push(&mut self, frame: Bytes, cx: &Context<'_>, slice: &mut usize) -> Result<(), Rejection> {
        *slice = slice.saturating_sub(PER_FRAME);
        self.len = self.len.saturating_add(frame.len());
        if self.len > self.limit {
            return Err(RejectionKind::BodyTooLarge.into());
        }
        if self.declared.is_some_and(|declared| self.len > declared) {
            return Err(RejectionKind::BodyUnreadable.into());
        }
        if let Some(share) = &mut self.share {
            share.hold(self.len, cx.waker())?;
        }
        if frame.is_empty() {
            return Ok(());
        }
        if frame.len() == self.len {
            if frame.len() > IN_ONE_GO {
                self.pending = frame.clone();
            }
            self.buffer = Buffer::One(frame);
            return Ok(());
        }
        if let (Buffer::One(first), Some(verification)) = (&self.buffer, &mut self.verification)
            && first.len() <= IN_ONE_GO
        {
            verification.update(first);
            *slice = slice.saturating_sub(first.len());
        }
        self.buffer.prepare(frame.len(), self.declared);
        self.pending = frame;
        Ok(())
    }

    /// Hashes pending bytes as far as `slice` allows. Returns `false` if `slice` is used up.
    fn hash(&mut self, slice: &mut usize) -> bool {
        if let Some(verification) = &mut self.verification
            && !self.pending.is_empty()
        {
            let piece = self.pending.split_to(self.pending.len().min(*slice));
            *slice -= piece.len();
            verification.update(&piece);
            self.buffer.extend(&piece);
        }
        *slice > 0 && self.pending.is_empty()
    }

    fn finish(&mut self) -> Result<Arrival, Rejection> {
        if self.declared.is_some_and(|declared| self.len != declared) {
            return Err(RejectionKind::BodyUnreadable.into());
        }
        let whole = mem::take(&mut self.buffer).into_bytes();
        let whole = match self.share.take() {
            Some(share) => share.keep(whole)?,
            None => whole,
        };
        let verification = self.verification.as_mut().ok_or(SetupError::AdapterMisuse)?;
        Ok(match verification.decide(whole)? {
            Checked::Delivery(mut delivery) => {
                delivery.endpoint = self.endpoint.take();
                Arrival::Delivery(Receipt::new(delivery))
            }
            Checked::Handshake { answer, mut delivery } => {
                if let Some(delivery) = &mut delivery {
                    delivery.endpoint = self.endpoint.take();
                }
                Arrival::Handshake { answer, delivery }
            }
        })
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("len", &self.len).finish_non_exhaustive()
    }
}
