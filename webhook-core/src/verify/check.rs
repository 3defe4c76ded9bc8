use bytes::Bytes;

use super::Checked;
use crate::error::VerifyError;

/// The verification of one request that a [`Scheme`](crate::Scheme) cannot express. For a hand-written
/// [`Verify`](crate::Verify), whose `begin` reads the head and returns a
/// [`Verification`](crate::Verification) of one of these.
pub trait Check: Send {
    /// Takes in the next piece of the body. A check that needs all of it at once leaves this empty.
    fn update(&mut self, piece: &[u8]) {
        _ = piece;
    }

    /// Decides, with `whole` the pieces of [`update`](Self::update) in one. A
    /// [`Delivery`](crate::Delivery) converts into the result.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidSignature`](crate::VerifyErrorKind::InvalidSignature) unless the request is
    /// authentic.
    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError>;
}
