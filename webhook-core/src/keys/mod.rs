//! The kinds of keys, one file each, and the encodings of keys and signatures.

#[cfg(feature = "ed25519")]
mod ed25519;
mod encoding;
#[cfg(feature = "_public-key")]
mod fetched;
#[cfg(all(feature = "serde", any(feature = "p256", feature = "rsa")))]
mod jwk;
mod mac;
#[cfg(feature = "p256")]
mod p256;
mod private;
#[cfg(feature = "_public-key")]
mod public;
#[cfg(feature = "rsa")]
mod rsa;
mod signature;
mod text;
mod token;
#[cfg(feature = "x509")]
mod x509;

pub use encoding::{Encoding, KeyFormat};
#[cfg(feature = "_public-key")]
pub use fetched::{FetchedKey, KeySource};
pub use text::SecretText;

pub(crate) use mac::{Mac, Tag};
pub(crate) use private::sign as sign_with_private_key;
#[cfg(feature = "_public-key")]
pub(crate) use public::{Message, PublicKey};
pub(crate) use signature::Signature;
pub(crate) use token::Token;

use crate::error::SecretError;
use crate::few::Few;
use crate::scheme::Scheme;

/// Returns the SHA-256 of these parts.
#[allow(dead_code, reason = "features choose who hashes")]
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};

    parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into()
}

/// The algorithm of a provider's signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-1, 20 bytes. It is still secure as a MAC, and some providers offer nothing else.
    HmacSha1,
    /// HMAC with SHA-256, 32 bytes.
    HmacSha256,
    /// HMAC with SHA-384, 48 bytes.
    HmacSha384,
    /// HMAC with SHA-512, 64 bytes.
    HmacSha512,
    /// The header contains the secret itself. It authenticates the sender but not the body.
    Token,
    /// Ed25519 (RFC 8032), verified strictly: no malleable signatures, no weak keys.
    #[cfg(feature = "ed25519")]
    Ed25519,
    /// ECDSA on the curve P-256 with SHA-256, with signatures in DER.
    #[cfg(feature = "p256")]
    EcdsaP256,
    /// RSA with PKCS#1 v1.5 padding and SHA-256 (RFC 8017, section 8.2).
    #[cfg(feature = "rsa")]
    RsaSha256,
}

impl Algorithm {
    /// Returns whether the algorithm verifies with a public key.
    pub(crate) const fn is_public_key(self) -> bool {
        !matches!(
            self,
            Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha384 | Self::HmacSha512 | Self::Token
        )
    }

    /// Returns the length of a signature in bytes, if it is fixed.
    pub(crate) const fn signature_len(self) -> Option<usize> {
        Some(match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha384 => 48,
            Self::HmacSha512 => 64,
            #[cfg(feature = "ed25519")]
            Self::Ed25519 => 64,
            #[cfg(feature = "p256")]
            Self::EcdsaP256 => return None,
            #[cfg(feature = "rsa")]
            Self::RsaSha256 => return None,
            Self::Token => return None,
        })
    }
}

/// The keys of one endpoint, all of one kind: the current one, then the previous ones.
#[derive(Clone)]
pub(crate) enum Keys {
    Mac(Few<Mac>),
    Token(Few<Token>),
    #[cfg(feature = "_public-key")]
    Public(Few<PublicKey>),
}

impl Keys {
    /// Reads a key from its text, in the format of the scheme.
    pub(crate) fn read(scheme: &Scheme, text: &SecretText) -> Result<Self, SecretError> {
        let bytes = text.decode(scheme.key)?;
        Self::of_bytes(scheme, &bytes).ok_or_else(|| text.undecodable(scheme.key))
    }

    /// Makes a key of its bytes, or returns `None` if they are not a key of the scheme's algorithm.
    pub(crate) fn of_bytes(scheme: &Scheme, bytes: &[u8]) -> Option<Self> {
        Some(match scheme.algorithm {
            Algorithm::Token => Self::Token(Few::new(Token::new(bytes))),
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519 => Self::Public(Few::new(PublicKey::ed25519(bytes)?)),
            #[cfg(feature = "p256")]
            Algorithm::EcdsaP256 => Self::Public(Few::new(PublicKey::p256(bytes)?)),
            #[cfg(feature = "rsa")]
            Algorithm::RsaSha256 => Self::Public(Few::new(PublicKey::rsa(bytes)?)),
            mac => Self::Mac(Few::new(Mac::new(mac, bytes)?)),
        })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Mac(keys) => keys.len(),
            Self::Token(keys) => keys.len(),
            #[cfg(feature = "_public-key")]
            Self::Public(keys) => keys.len(),
        }
    }

    /// Adds the keys of `other`, which must belong to the same scheme. Returns `false` if one of them is
    /// already present.
    pub(crate) fn append(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::Mac(keys), Self::Mac(more)) => keys.append_distinct(more, Mac::is_same),
            (Self::Token(keys), Self::Token(more)) => keys.append_distinct(more, Token::is_same),
            #[cfg(feature = "_public-key")]
            (Self::Public(keys), Self::Public(more)) => keys.append_distinct(more, |a, b| a == b),
            _ => false,
        }
    }
}
