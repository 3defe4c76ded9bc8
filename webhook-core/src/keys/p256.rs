use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;

use super::public::{Message, PublicKey};

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` in DER.
    pub(super) fn p256(der: &[u8]) -> Option<Self> {
        VerifyingKey::from_public_key_der(der).ok().map(Self::P256)
    }

    /// Reads the two coordinates of a point on the curve.
    #[cfg(feature = "serde")]
    pub(super) fn p256_point(x: &[u8], y: &[u8]) -> Option<Self> {
        let is_point = x.len() == 32 && y.len() == 32;
        let sec1 = is_point.then(|| [&[4], x, y].concat())?;
        VerifyingKey::from_sec1_bytes(&sec1).ok().map(Self::P256)
    }
}

/// Verifies a signature in DER, which is parsed strictly.
///
/// ECDSA permits two values of `s`, and providers send either, so both are accepted. Anyone who replays a
/// request can turn one into the other. So the message, not the signature, identifies a delivery.
pub(super) fn verifies(key: &VerifyingKey, signature: &[u8], message: &Message<'_>) -> bool {
    Signature::from_der(signature)
        .is_ok_and(|signature| key.verify_prehash(&message.digest, &signature).is_ok())
}

/// The same for a signature that is two numbers of 32 bytes.
#[cfg(feature = "serde")]
pub(super) fn verifies_fixed(key: &VerifyingKey, signature: &[u8], message: &Message<'_>) -> bool {
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_prehash(&message.digest, &signature).is_ok())
}
