use ed25519_dalek::{Signature, VerifyingKey};

use super::public::{Message, PublicKey};

impl PublicKey {
    /// Reads the 32 bytes of a public key. A weak one, under which anybody can sign, is refused.
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self::Ed25519(key))
    }
}

/// Strictly, as RFC 8032 section 5.1.7 with the checks of "Taming the many EdDSAs": a signature that can
/// be altered and still verify is refused.
pub(super) fn verifies(key: &VerifyingKey, signature: &[u8], message: &Message<'_>) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    match message.parts {
        [[], body, []] => key.verify_strict(body, &signature),
        parts => key.verify_strict(&parts.concat(), &signature),
    }
    .is_ok()
}
