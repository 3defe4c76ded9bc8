use std::fmt;

use bytes::Bytes;

use super::budget::{Budget, Share};
use super::buffer::Buffer;
use super::settings::Settings;
use crate::delivery::Delivery;
use crate::error::VerifyErrorKind;
use crate::headers::Head;
use crate::rejection::{Rejection, RejectionKind};
use crate::verify::Verification;

/// Takes in one body: within its limits, hashed as it comes, kept for those who read it later.
pub struct Intake {
    verification: Verification,
    buffer: Buffer,
    /// What has come and is to be hashed piece by piece.
    pending: Bytes,
    len: usize,
    limit: usize,
    declared: Option<usize>,
    share: Option<Share>,
}

/// How much may still be done before other tasks get their turn: about 256 KiB of hashing, with 1 KiB on
/// top for each frame, since frames cost time even when they are tiny.
#[derive(Debug, Clone, Copy)]
pub struct Slice(usize);

impl Default for Slice {
    fn default() -> Self {
        Self(256 * 1024)
    }
}

impl Slice {
    const PER_FRAME: usize = 1024;

    /// Up to here a body that comes in one frame is hashed in one go when it has ended, which keeps no
    /// running state of the hash.
    const IN_ONE_GO: usize = 64 * 1024;
}

impl Intake {
    /// Judges the head of a request, and the length that it declares.
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
            verification,
            buffer: Buffer::One(Bytes::new()),
            pending: Bytes::new(),
            len: 0,
            limit: settings.body_limit,
            declared,
            share: settings.budget.as_ref().map(Budget::share),
        })
    }

    /// Takes the next frame; an empty one stands for one without data, which costs its turn too. What
    /// came before must be [hashed](Self::hash).
    ///
    /// # Errors
    ///
    /// If the body is now too large, or all bodies together are.
    pub fn push(&mut self, frame: Bytes, slice: &mut Slice) -> Result<(), Rejection> {
        slice.0 = slice.0.saturating_sub(Slice::PER_FRAME);
        self.len = self.len.saturating_add(frame.len());
        if self.len > self.limit {
            return Err(RejectionKind::BodyTooLarge.into());
        }
        if self.share.as_mut().is_some_and(|share| !share.take(frame.len())) {
            return Err(RejectionKind::Unavailable.into());
        }
        if frame.is_empty() {
            return Ok(());
        }
        if frame.len() == self.len {
            if frame.len() > Slice::IN_ONE_GO {
                self.pending = frame.clone();
            }
            self.buffer = Buffer::One(frame);
            return Ok(());
        }
        if let Buffer::One(first) = &self.buffer
            && first.len() <= Slice::IN_ONE_GO
        {
            self.verification.update(first);
            slice.0 = slice.0.saturating_sub(first.len());
        }
        self.buffer.join(frame.len(), self.declared);
        self.pending = frame;
        Ok(())
    }

    /// Hashes what has come, as far as `slice` goes. `false` if that is used up: let other tasks run,
    /// then call again with a new slice before anything else.
    #[must_use]
    pub fn hash(&mut self, slice: &mut Slice) -> bool {
        if !self.pending.is_empty() {
            let piece = self.pending.split_to(self.pending.len().min(slice.0));
            slice.0 -= piece.len();
            self.verification.update(&piece);
            self.buffer.extend(&piece);
        }
        slice.0 > 0 && self.pending.is_empty()
    }

    /// Decides, when the body has ended and all of it is hashed.
    ///
    /// # Errors
    ///
    /// If the request is not authentic.
    pub fn finish(self) -> Result<Delivery, Rejection> {
        let whole = self.buffer.into_bytes();
        // An adapter that left out a frame, or the rest of one, has not seen the whole body.
        if whole.len() != self.len || !self.pending.is_empty() {
            return Err(RejectionKind::Verify(VerifyErrorKind::InvalidSignature).into());
        }
        Ok(self.verification.finish_owned(whole)?)
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("len", &self.len).finish_non_exhaustive()
    }
}
