use std::error::Error;
use std::fmt;

/// The reason why a delivery cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignError {
    kind: SignErrorKind,
}

/// The kind of a [`SignError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignErrorKind {
    /// The delivery id is not valid for the provider, or it is signed and missing.
    InvalidDeliveryId,
    /// This header is signed, but the delivery does not have it.
    MissingHeader(&'static str),
    /// The key is a public key. Only the provider has the private key that signs.
    PublicKey,
    /// The credentials do not form a key. Creating a verifier from them returns the reason.
    Credentials,
    /// This crate cannot sign for this provider.
    Unsupported,
}

impl SignError {
    /// Returns the kind of the error.
    pub const fn kind(&self) -> SignErrorKind {
        self.kind
    }
}

impl From<SignErrorKind> for SignError {
    fn from(kind: SignErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            SignErrorKind::InvalidDeliveryId => {
                f.write_str("the delivery id is invalid or missing")
            }
            SignErrorKind::MissingHeader(name) => {
                write!(f, "the header `{name}` is missing: the provider signs it")
            }
            SignErrorKind::PublicKey => f.write_str("a public key cannot sign"),
            SignErrorKind::Credentials => f.write_str("the credentials do not form a key"),
            SignErrorKind::Unsupported => f.write_str("signing for this provider is not supported"),
        }
    }
}

impl Error for SignError {}
