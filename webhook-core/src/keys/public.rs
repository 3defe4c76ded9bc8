#[cfg(feature = "rsa")]
use sha2::Sha256;

#[cfg(all(feature = "serde", any(feature = "p256", feature = "rsa")))]
use super::{Algorithm, sha256};

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

/// Verifications that no scheme asks for.
#[cfg(all(feature = "serde", any(feature = "p256", feature = "rsa")))]
impl PublicKey {
    /// Whether the key is of the algorithm's kind and made the signature as JSON Web Signatures have it: with ECDSA
    /// it is two numbers of 32 bytes.
    pub(crate) fn verifies_jws(&self, algorithm: Algorithm, signature: &[u8], text: &[u8]) -> bool {
        let message = Message { parts: [&[], text, &[]], digest: sha256(&[text]) };
        match (algorithm, self) {
            #[cfg(feature = "p256")]
            (Algorithm::EcdsaP256, Self::P256(key)) => {
                super::p256::verifies_fixed(key, signature, &message)
            }
            #[cfg(feature = "rsa")]
            (Algorithm::RsaSha256, Self::Rsa(key)) => {
                super::rsa::verifies(key, signature, &message)
            }
            _ => false,
        }
    }
}

/// Shows the kind of key.
impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match *self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => "Ed25519",
            #[cfg(feature = "p256")]
            Self::P256(_) => "P256",
            #[cfg(feature = "rsa")]
            Self::Rsa(_) => "Rsa",
        })
    }
}
