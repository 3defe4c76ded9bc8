use std::fmt;

use bytes::Bytes;

use super::Check;
use super::any_of::Several;
use crate::delivery::{Delivery, Labels};
use crate::error::{VerifyError, VerifyErrorKind};
use crate::headers::{CONTENT_ENCODING, Head, is_encoded};
use crate::provider::Provider;
use crate::scheme::Running;

/// A verification under way: its head was judged, its body is fed to it piece by piece.
#[must_use = "nothing is verified until `finish`"]
pub struct Verification {
    state: State,
    fed: usize,
}

#[expect(clippy::large_enum_variant, reason = "a box would cost every request an allocation")]
enum State {
    Scheme(Running),
    Custom(Box<Custom>),
    Several(Several),
}

/// A hand-written check, and what the head said beside it.
struct Custom {
    check: Box<dyn Check>,
    provider: &'static str,
    hints: Labels,
    encoded: bool,
}

impl Verification {
    /// A hand-written verification, by provider `P`, of the request with this head. The delivery gets the
    /// provider's [hints](Provider::HINTS) from it.
    pub fn new<P: Provider>(head: &Head<'_>, check: Box<dyn Check>) -> Self {
        let encoded = is_encoded(head.header(CONTENT_ENCODING));
        let mut hints = Labels::NONE;
        hints.set_hints(P::HINTS, head);
        let custom = Custom { check, provider: P::NAME, hints, encoded };
        Self { state: State::Custom(Box::new(custom)), fed: 0 }
    }

    pub(crate) const fn running(running: Running) -> Self {
        Self { state: State::Scheme(running), fed: 0 }
    }

    pub(super) const fn several(several: Several) -> Self {
        Self { state: State::Several(several), fed: 0 }
    }

    /// Takes in the next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        self.fed = self.fed.saturating_add(piece.len());
        match &mut self.state {
            State::Scheme(running) => running.update(piece),
            State::Custom(custom) => custom.check.update(piece),
            State::Several(several) => several.update(piece),
        }
    }

    /// Decides. `whole` is all pieces in one; the delivery keeps it. A body that is complete already need not
    /// be fed: without pieces `whole` is hashed here.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidSignature`] unless the request is authentic, and if pieces were fed that
    /// are not as long as `whole`.
    pub fn finish(self, whole: &Bytes) -> Result<Delivery, VerifyError> {
        self.finish_owned(whole.clone())
    }

    pub(crate) fn finish_owned(self, whole: Bytes) -> Result<Delivery, VerifyError> {
        if self.fed != 0 && self.fed != whole.len() {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        match self.state {
            State::Scheme(running) => running.finish(whole),
            State::Several(several) => several.finish(&whole),
            State::Custom(custom) => {
                let Custom { mut check, provider, hints, encoded } = *custom;
                if self.fed == 0 {
                    check.update(&whole);
                }
                let mut delivery = check.finish(&whole)?;
                delivery.provider = provider;
                delivery.encoded = encoded;
                delivery.labels.take_hints(&hints);
                Ok(delivery)
            }
        }
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification").field("fed", &self.fed).finish_non_exhaustive()
    }
}
