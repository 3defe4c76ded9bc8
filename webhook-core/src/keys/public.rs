use sha2::{Digest as _, Sha256};

/// A valid public key.
#[derive(Clone, PartialEq)]
pub(crate) enum PublicKey {
    #[cfg(feature = "ed25519")]
    Ed25519(ed25519_dalek::VerifyingKey),
    #[cfg(feature = "p256")]
    P256(p256::ecdsa::VerifyingKey),
    #[cfg(feature = "rsa")]
    Rsa(Box<rsa::pkcs1v15::VerifyingKey<Sha256>>),
}

/// The signed message, and its digest for keys that verify a digest.
#[allow(dead_code, reason = "each kind of key reads one of them")]
pub(crate) struct Message<'a> {
    pub(crate) parts: [&'a [u8]; 3],
    pub(crate) digest: [u8; 32],
}

impl PublicKey {
    /// Returns whether the key verifies a SHA-256 of the message, which can be computed while the body
    /// arrives. The other keys hash the complete message.
    pub(crate) const fn is_prehashed(&self) -> bool {
        match *self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => false,
            #[cfg(feature = "p256")]
            Self::P256(_) => true,
            #[cfg(feature = "rsa")]
            Self::Rsa(_) => true,
        }
    }

    #[allow(unused_variables, reason = "without a kind of key there is nothing to verify")]
    pub(crate) fn verifies(&self, signature: &[u8], message: &Message<'_>) -> bool {
        match *self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(ref key) => super::ed25519::verifies(key, signature, message),
            #[cfg(feature = "p256")]
            Self::P256(ref key) => super::p256::verifies(key, signature, message),
            #[cfg(feature = "rsa")]
            Self::Rsa(ref key) => super::rsa::verifies(key, signature, message),
        }
    }
}

/// Returns the SHA-256 of these parts.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
}
