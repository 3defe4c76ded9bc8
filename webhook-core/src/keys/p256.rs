use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;

use super::public::{Message, PublicKey};

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` in DER.
    pub(super) fn p256(der: &[u8]) -> Option<Self> {
        VerifyingKey::from_public_key_der(der).ok().map(Self::P256)
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
