//! The seam between how a provider signs and how a framework reads.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::delivery::Delivery;
use crate::engine::HmacCheck;
use crate::error::{VerifyError, VerifyErrorKind};
use crate::headers::{CONTENT_ENCODING, Head, is_encoded};
use crate::timestamp::UnixTime;

/// Verifies requests: a provider's secret, or your own scheme.
///
/// Every [`Secret`](crate::Secret) is one. Object-safe: adapters hold an `Arc<dyn Verify>`.
///
/// A text is none; the provider says how it is read:
///
/// ```compile_fail,E0277
/// # use webhook_core::{UnixTime, adapter::Settings};
/// Settings::new("whsec_text", || UnixTime::from_secs(0));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot verify webhooks",
    label = "not a secret of a provider",
    note = "the provider decides how its secret is read: `providers::voisnap::Secret::new(text)?`"
)]
pub trait Verify: Send + Sync {
    /// The provider's name, as it stands in logs and in every [`Delivery`].
    fn provider(&self) -> &'static str;

    /// Whether [`begin`](Self::begin) looks at the time. If not, adapters do not ask the clock for each
    /// request, and hand in the epoch: far from any signed time.
    fn judges_time(&self) -> bool {
        true
    }

    /// Judges the head and returns the verification that the body is fed to.
    ///
    /// # Errors
    ///
    /// What is wrong with the head: no body could make this request authentic.
    fn begin(&self, head: &Head<'_>, now: UnixTime) -> Result<Verification, VerifyError>;

    /// Verifies a request whose body is there already.
    ///
    /// # Errors
    ///
    /// What is wrong with the request.
    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        self.begin(head, now)?.finish(body)
    }
}

impl<V: Verify + ?Sized> Verify for Arc<V> {
    fn provider(&self) -> &'static str {
        (**self).provider()
    }

    fn judges_time(&self) -> bool {
        (**self).judges_time()
    }

    fn begin(&self, head: &Head<'_>, now: UnixTime) -> Result<Verification, VerifyError> {
        (**self).begin(head, now)
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        (**self).verify(head, body, now)
    }
}

/// A verification under way: its head was judged, its body is fed to it piece by piece.
#[must_use = "nothing is verified until `finish`"]
pub struct Verification {
    state: State,
    fed: usize,
}

#[expect(clippy::large_enum_variant, reason = "a box would cost every request an allocation")]
enum State {
    Hmac(HmacCheck),
    Custom { check: Box<dyn Check>, encoded: bool },
}

/// A verification that a [`Scheme`](crate::Scheme) cannot express, of one request.
pub trait Check: Send {
    /// Takes in the next piece of the body. A check that needs all of it at once leaves this empty.
    fn update(&mut self, piece: &[u8]);

    /// Decides, with `whole` the pieces of [`update`](Self::update) in one.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidSignature`] unless the request is authentic.
    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Delivery, VerifyError>;
}

impl Verification {
    /// A hand-written verification of the request with this head.
    pub fn new(head: &Head<'_>, check: Box<dyn Check>) -> Self {
        let encoded = is_encoded(head.header(CONTENT_ENCODING));
        Self { state: State::Custom { check, encoded }, fed: 0 }
    }

    pub(crate) const fn hmac(check: HmacCheck) -> Self {
        Self { state: State::Hmac(check), fed: 0 }
    }

    /// Takes in the next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        self.fed = self.fed.saturating_add(piece.len());
        match &mut self.state {
            State::Hmac(check) => check.update(piece),
            State::Custom { check, .. } => check.update(piece),
        }
    }

    /// Decides. `whole` is all pieces in one; the delivery keeps it. A body that is there already need not
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
            State::Hmac(mut check) => check.finish(whole),
            State::Custom { mut check, encoded } => {
                if self.fed == 0 {
                    check.update(&whole);
                }
                let mut delivery = check.finish(&whole)?;
                delivery.encoded = encoded;
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
