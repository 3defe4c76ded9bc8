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

/// `signature` is in DER, which is read strictly. Both values of `s` are accepted, as ECDSA has it: providers
/// send either. Whoever replays a request can turn one into the other, so that deliveries are known again
/// by their message, not by their signature.
pub(super) fn verifies(key: &VerifyingKey, signature: &[u8], message: &Message<'_>) -> bool {
    Signature::from_der(signature)
        .is_ok_and(|signature| key.verify_prehash(&message.digest, &signature).is_ok())
}
