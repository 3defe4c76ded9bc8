//! Checks that are closures, for the hand-written providers.

use bytes::Bytes;
#[cfg(feature = "serde")]
use sha2::{Digest as _, Sha256};

use super::{Check, Checked, Verification};
use crate::error::VerifyError;
use crate::headers::Head;
use crate::provider::Provider;

/// A verification that is decided by the whole body.
pub(crate) fn by_body<P: Provider>(
    head: &Head<'_>,
    decide: impl FnOnce(&Bytes) -> Result<Checked, VerifyError> + Send + 'static,
) -> Verification {
    Verification::new::<P>(head, Box::new(Whole(decide)))
}

/// A verification that is decided by the body's SHA-256, which is computed as the body comes.
#[cfg(feature = "serde")]
pub(crate) fn by_sha256<P: Provider>(
    head: &Head<'_>,
    decide: impl FnOnce([u8; 32], &Bytes) -> Result<Checked, VerifyError> + Send + 'static,
) -> Verification {
    Verification::new::<P>(head, Box::new(Hashed { hash: Sha256::new(), decide }))
}

struct Whole<F>(F);

impl<F: FnOnce(&Bytes) -> Result<Checked, VerifyError> + Send> Check for Whole<F> {
    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        (self.0)(whole)
    }
}

#[cfg(feature = "serde")]
struct Hashed<F> {
    hash: Sha256,
    decide: F,
}

#[cfg(feature = "serde")]
impl<F: FnOnce([u8; 32], &Bytes) -> Result<Checked, VerifyError> + Send> Check for Hashed<F> {
    fn update(&mut self, piece: &[u8]) {
        self.hash.update(piece);
    }

    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        (self.decide)(self.hash.finalize().into(), whole)
    }
}
