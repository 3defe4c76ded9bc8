use bytes::Bytes;
use sha2::Digest;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Check, Checked};
use crate::delivery::Delivery;
use crate::error::{VerifyError, VerifyErrorKind};
use crate::keys::Signature;

/// Checks that a signature is the plain digest of a text, the body in it, that the secret is a part of. Weaker
/// than a MAC: for providers that offer nothing else.
pub(crate) struct PlainDigest<D, F> {
    digest: D,
    after: Zeroizing<Vec<u8>>,
    signature: Signature,
    delivery: F,
}

impl<D, F> PlainDigest<D, F>
where
    D: Digest + Send + 'static,
    F: FnOnce(&Bytes) -> Result<Delivery, VerifyError> + Send + 'static,
{
    /// `digest` was fed what stands before the body, `after` stands behind it. `delivery` makes the delivery of a
    /// body that is authentic.
    pub(crate) fn check(
        digest: D,
        after: Zeroizing<Vec<u8>>,
        signature: Signature,
        delivery: F,
    ) -> Box<dyn Check> {
        Box::new(Self { digest, after, signature, delivery })
    }
}

impl<D, F> Check for PlainDigest<D, F>
where
    D: Digest + Send,
    F: FnOnce(&Bytes) -> Result<Delivery, VerifyError> + Send,
{
    fn update(&mut self, piece: &[u8]) {
        self.digest.update(piece);
    }

    fn finish(self: Box<Self>, whole: &Bytes) -> Result<Checked, VerifyError> {
        let digest = self.digest.chain_update(&*self.after).finalize();
        if !bool::from(digest.as_slice().ct_eq(self.signature.as_bytes())) {
            return Err(VerifyErrorKind::InvalidSignature.into());
        }
        Ok((self.delivery)(whole)?.into())
    }
}

/// The digest of these texts in one, in hex.
pub(crate) fn plain_digest<D: Digest>(texts: &[&[u8]]) -> String {
    let digest = texts.iter().fold(D::new(), D::chain_update);
    const_hex::encode(digest.finalize())
}
