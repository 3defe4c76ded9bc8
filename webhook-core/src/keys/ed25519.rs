use ed25519_dalek::{Signature, VerifyingKey};

use super::public::{Message, PublicKey};

impl PublicKey {
    /// Reads a public key of 32 bytes. Refuses a weak key, under which anybody can sign.
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(bytes.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self::Ed25519(key))
    }
}

/// Verifies strictly, as RFC 8032 section 5.1.7 with the additional checks of the paper "Taming the many `EdDSAs`". A
/// signature that can be altered and still verify is refused.
pub(super) fn verifies(key: &VerifyingKey, signature: &[u8], message: &Message<'_>) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    match message.parts {
        [[], body, []] => key.verify_strict(body, &signature),
        parts => key.verify_strict(&parts.concat(), &signature),
    }
    .is_ok()
}
