#[cfg(feature = "serde")]
use rsa::BoxedUint;
#[cfg(feature = "x509")]
use rsa::Pkcs1v15Sign;
use rsa::PublicKey as RsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::signature::hazmat::PrehashVerifier as _;
use rsa::traits::PublicKeyParts as _;

use super::public::{Message, PublicKey};

/// Shorter keys can be factored.
const MIN_BITS: u32 = 2048;

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo` in DER. Refuses keys shorter than 2048 bits.
    pub(super) fn rsa(der: &[u8]) -> Option<Self> {
        RsaPublicKey::from_public_key_der(der).ok().and_then(Self::long_enough)
    }

    /// Reads a modulus and an exponent.
    #[cfg(feature = "serde")]
    pub(super) fn rsa_numbers(n: &[u8], e: &[u8]) -> Option<Self> {
        let number = BoxedUint::from_be_slice_vartime;
        RsaPublicKey::new(number(n), number(e)).ok().and_then(Self::long_enough)
    }

    fn long_enough(key: RsaPublicKey) -> Option<Self> {
        (key.n().bit_width() >= MIN_BITS).then(|| Self::Rsa(Box::new(VerifyingKey::new(key))))
    }

    /// Whether it made a signature with SHA-1, which some providers still send.
    #[cfg(feature = "x509")]
    pub(crate) fn verifies_rsa_sha1(&self, signature: &[u8], message: &[u8]) -> bool {
        use sha1::{Digest as _, Sha1};

        match self {
            Self::Rsa(key) => {
                let key = RsaPublicKey::from((**key).clone());
                key.verify(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(message), signature).is_ok()
            }
            #[allow(unreachable_patterns, reason = "there are other kinds with other features")]
            _ => false,
        }
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
