//! Private keys, for tests and simulators: they sign as the provider of a public key would.

use super::Algorithm;

/// The signature of a message. `None` if the algorithm has no private key, or `key` is none: the 32 bytes of an
/// Ed25519 seed, or PKCS#8 in DER.
pub(crate) fn sign(algorithm: Algorithm, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        #[cfg(feature = "ed25519")]
        Algorithm::Ed25519 => {
            use ed25519_dalek::{Signer as _, SigningKey};

            let key = SigningKey::from_bytes(key.try_into().ok()?);
            Some(key.sign(message).to_bytes().to_vec())
        }
        #[cfg(feature = "p256")]
        Algorithm::EcdsaP256 => {
            use p256::ecdsa::signature::hazmat::PrehashSigner as _;
            use p256::ecdsa::{DerSignature, SigningKey};
            use p256::pkcs8::DecodePrivateKey as _;

            let key = SigningKey::from_pkcs8_der(key).ok()?;
            let signature: DerSignature = key.sign_prehash(&super::sha256(&[message])).ok()?;
            Some(signature.as_bytes().to_vec())
        }
        #[cfg(feature = "rsa")]
        Algorithm::RsaSha256 => {
            use rsa::pkcs1v15::SigningKey;
            use rsa::pkcs8::DecodePrivateKey as _;
            use rsa::signature::SignatureEncoding as _;
            use rsa::signature::hazmat::PrehashSigner as _;

            let key = rsa::PrivateKey::from_pkcs8_der(key).ok()?;
            let key = SigningKey::<sha2::Sha256>::new(key);
            Some(key.sign_prehash(&super::sha256(&[message])).ok()?.to_vec())
        }
        _ => {
            _ = (key, message);
            None
        }
    }
}
