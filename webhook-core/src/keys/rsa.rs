use rsa::PublicKey as RsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::hazmat::PrehashVerifier as _;
use rsa::traits::PublicKeyParts as _;

use super::public::{Message, PublicKey};

/// Shorter keys can be factored.
const MIN_BITS: u32 = 2048;

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` in DER, of at least 2048 bits.
    pub(super) fn rsa(der: &[u8]) -> Option<Self> {
        let key = RsaPublicKey::from_public_key_der(der).ok()?;
        (key.n().bit_width() >= MIN_BITS).then(|| Self::Rsa(Box::new(VerifyingKey::new(key))))
    }
}

pub(super) fn verifies(
    key: &VerifyingKey<sha2::Sha256>,
    signature: &[u8],
    message: &Message<'_>,
) -> bool {
    Signature::try_from(signature)
        .is_ok_and(|signature| key.verify_prehash(&message.digest, &signature).is_ok())
}
