use std::fmt;

use bytes::Bytes;

use super::any_of::Several;
use super::{Check, Checked};
use crate::answer::Answer;
use crate::delivery::Labels;
use crate::error::{VerifyError, VerifyErrorKind};
use crate::headers::{CONTENT_ENCODING, Head, is_encoded};
use crate::provider::Provider;
use crate::scheme::Running;

/// A verification under way: its head was judged, its body is fed to it piece by piece.
#[must_use = "nothing is verified until `finish`"]
pub struct Verification {
    state: State,
    fed: usize,
    /// Whether only handshakes that are not signed are accepted.
    is_refused: bool,
}

enum State {
    Scheme(Running),
    /// `None` once it has decided.
    Custom(Option<Box<Custom>>),
    Several(Several),
    Handshake(Answer),
    /// `None` once it has decided. Apart from the others, so that these are no larger.
    Noting(Option<Box<Noting>>),
}

/// A verification whose rejection is noted.
struct Noting {
    verification: Verification,
    note: Box<OnRejection>,
}

type OnRejection = dyn FnOnce(&Bytes, &VerifyError) + Send;

impl Noting {
    fn finish(mut self, whole: &Bytes) -> Result<Checked, VerifyError> {
        let checked = self.verification.decide(whole.clone());
        if let Err(error) = &checked {
            (self.note)(whole, error);
        }
        checked
    }
}

/// A hand-written check, and what the head said beside it.
struct Custom {
    check: Box<dyn Check>,
    provider: &'static str,
    hints: Labels,
    encoded: bool,
}

impl Custom {
    fn finish(mut self, is_unfed: bool, whole: &Bytes) -> Result<Checked, VerifyError> {
        if is_unfed {
            self.check.update(whole);
        }
        let mut checked = self.check.finish(whole)?;
        if let Some(delivery) = checked.delivery_mut() {
            delivery.provider = self.provider;
            delivery.encoded = self.encoded;
            delivery.labels.take_hints(&self.hints);
        }
        Ok(checked)
    }
}

impl Verification {
    /// A hand-written verification, by provider `P`, of the request with this head. The delivery gets the
    /// provider's [hints](Provider::HINTS) from it.
    pub fn new<P: Provider>(head: &Head<'_>, check: Box<dyn Check>) -> Self {
        let encoded = is_encoded(head.header(CONTENT_ENCODING));
        let mut hints = Labels::NONE;
        hints.set_hints(P::HINTS, head);
        let custom = Custom { check, provider: P::NAME, hints, encoded };
        Self::new_in(State::Custom(Some(Box::new(custom))))
    }

    /// A handshake that is not signed, and is answered whatever its body is: a GET with a challenge.
    pub const fn handshake(answer: Answer) -> Self {
        Self::new_in(State::Handshake(answer))
    }

    /// The same, but whatever it accepts is refused: all but handshakes that are not signed.
    pub(super) const fn refused(mut self) -> Self {
        self.is_refused = true;
        self
    }

    /// Calls `note` with the body and the error if [`finish`](Self::finish) returns one, whatever its kind: to keep the request.
    /// Errors of [`Verify::begin`](super::Verify::begin) are not among them. Where several verifiers are asked, each notes what it
    /// rejects, though another accepts it.
    ///
    /// Whatever is kept comes from strangers, so bound it. The answer to the sender must not depend on it.
    pub fn on_rejection(self, note: impl FnOnce(&Bytes, &VerifyError) + Send + 'static) -> Self {
        let noting = Noting { verification: self, note: Box::new(note) };
        Self::new_in(State::Noting(Some(Box::new(noting))))
    }

    const fn new_in(state: State) -> Self {
        Self { state, fed: 0, is_refused: false }
    }

    pub(crate) const fn running(running: Running) -> Self {
        Self::new_in(State::Scheme(running))
    }

    pub(super) const fn several(several: Several) -> Self {
        Self::new_in(State::Several(several))
    }

    /// Takes in the next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        self.fed = self.fed.saturating_add(piece.len());
        match &mut self.state {
            State::Scheme(running) => running.update(piece),
            State::Custom(custom) => {
                if let Some(custom) = custom {
                    custom.check.update(piece);
                }
            }
            State::Several(several) => several.update(piece),
            State::Handshake(_) => {}
            State::Noting(noting) => {
                if let Some(noting) = noting {
                    noting.verification.update(piece);
                }
            }
        }
    }

    /// Decides. `whole` is all pieces in one; the delivery keeps it. A body that is complete already need not
    /// be fed: without pieces `whole` is hashed here.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidSignature`] unless the request is authentic, and if pieces were fed that
    /// are not as long as `whole`.
    pub fn finish(mut self, whole: &Bytes) -> Result<Checked, VerifyError> {
        self.decide(whole.clone())
    }

    /// [Finishes](Self::finish) in place, since moving the state takes as long as much of the rest. Call it once.
    pub(crate) fn decide(&mut self, whole: Bytes) -> Result<Checked, VerifyError> {
        if self.fed != 0 && self.fed != whole.len() {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        let checked = match &mut self.state {
            State::Scheme(running) => running.finish(whole),
            State::Several(several) => several.finish(&whole),
            State::Handshake(answer) => {
                Ok(Checked::Handshake { answer: answer.clone(), delivery: None })
            }
            State::Noting(noting) => {
                noting.take().ok_or(VerifyErrorKind::InvalidSignature)?.finish(&whole)
            }
            State::Custom(custom) => {
                let custom = custom.take().ok_or(VerifyErrorKind::InvalidSignature)?;
                custom.finish(self.fed == 0, &whole)
            }
        };
        let is_unsigned = matches!(checked, Ok(Checked::Handshake { delivery: None, .. }));
        if self.is_refused && checked.is_ok() && !is_unsigned {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        checked
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification").field("fed", &self.fed).finish_non_exhaustive()
    }
}
