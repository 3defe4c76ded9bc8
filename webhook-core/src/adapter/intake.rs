use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::budget::{Budget, Share};
use super::buffer::Buffer;
use super::settings::Settings;
use crate::error::SetupError;
use crate::headers::Head;
use crate::rejection::{Rejection, RejectionKind};
use crate::verify::{Checked, Verification};

/// What one call of [`Intake::poll`] does before other tasks get their turn: about 256 KiB of hashing or
/// copying.
const SLICE: usize = 256 * 1024;

/// What a frame costs on top, since frames take time even when they are tiny.
const PER_FRAME: usize = 1024;

/// Up to here a body that comes in one frame is hashed in one go when it has ended, which keeps no
/// running state of the hash.
const IN_ONE_GO: usize = 64 * 1024;

/// Reads one body: within its limits, hashed as it comes, kept for those who read it later.
pub struct Intake {
    /// `None` when it is decided.
    verification: Option<Verification>,
    buffer: Buffer,
    /// What has come and is to be hashed piece by piece.
    pending: Bytes,
    len: usize,
    limit: usize,
    declared: Option<usize>,
    ended: bool,
    share: Option<Share>,
}

impl Intake {
    /// Judges the head of a request, and the length that it declares: how long its body is by its
    /// framing, or `None` if that is not known beforehand.
    ///
    /// # Errors
    ///
    /// Why no body could make this request acceptable: it need not be read.
    pub fn begin(
        settings: &Settings,
        head: &Head<'_>,
        declared: Option<u64>,
    ) -> Result<Self, Rejection> {
        let verification = settings.verify.begin(head, settings.clock())?;
        let declared = match declared.map(usize::try_from) {
            Some(Ok(declared)) if declared <= settings.body_limit => Some(declared),
            None => None,
            Some(_) => return Err(RejectionKind::BodyTooLarge.into()),
        };
        Ok(Self {
            verification: Some(verification),
            buffer: Buffer::default(),
            pending: Bytes::new(),
            len: 0,
            limit: settings.body_limit,
            declared,
            ended: false,
            share: settings.budget.as_ref().map(Budget::share),
        })
    }

    /// Reads on, and decides when the body has ended.
    ///
    /// `next` polls for the next frame; an empty one stands for a frame without data. It is called until
    /// it is pending, until the body has ended, or until it is time for other tasks: then the task is
    /// woken at once. A body that declared its length ends there, whether `next` says so or not.
    ///
    /// The task is also woken when the body has to give way to others, because all of them together
    /// would hold more than the settings allow.
    ///
    /// Once it has returned [`Poll::Ready`], another call is a mistake of the adapter:
    /// [`SetupError::AdapterMisuse`].
    ///
    /// # Errors
    ///
    /// If the request is not authentic, if its body is too large, longer or shorter than declared, if it
    /// had to give way, or if `next` fails.
    pub fn poll(
        &mut self,
        cx: &mut Context<'_>,
        next: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Rejection>>>,
    ) -> Poll<Result<Checked, Rejection>> {
        let outcome = self.advance(cx, next);
        if outcome.is_ready() {
            // A refused body holds no memory while it is answered.
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
    ) -> Poll<Result<Checked, Rejection>> {
        if self.verification.is_none() {
            return Poll::Ready(Err(SetupError::AdapterMisuse.into()));
        }
        if let Some(share) = &self.share {
            share.wait(cx.waker())?;
        }
        let mut slice = SLICE;
        loop {
            if !self.hash(&mut slice) || (self.ended && !self.buffer.join(&mut slice)) {
                // There is more to do, and other tasks have waited.
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

    /// Takes a frame. What came before is hashed.
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

    /// Hashes what has come, as far as `slice` goes. `false` if that is used up.
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

    fn finish(&mut self) -> Result<Checked, Rejection> {
        if self.declared.is_some_and(|declared| self.len != declared) {
            return Err(RejectionKind::BodyUnreadable.into());
        }
        let whole = mem::take(&mut self.buffer).into_bytes();
        let whole = match self.share.take() {
            Some(share) => share.keep(whole)?,
            None => whole,
        };
        let verification = self.verification.take().ok_or(SetupError::AdapterMisuse)?;
        Ok(verification.finish_owned(whole)?)
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("len", &self.len).finish_non_exhaustive()
    }
}
