use std::error::Error;
use std::fmt;

/// Why a delivery cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignError {
    kind: SignErrorKind,
}

/// What is wrong with a delivery that is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignErrorKind {
    /// The delivery id is one that the provider could not send, or missing although it is signed.
    InvalidDeliveryId,
    /// This header is signed, and missing.
    MissingHeader(&'static str),
    /// The key is a public key: only the provider has the one that signs.
    PublicKey,
    /// No key can be made of the credentials. Making a verifier of them says why.
    Credentials,
    /// This crate cannot sign for the provider.
    Unsupported,
}

impl SignError {
    /// What is wrong.
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
                write!(f, "the header `{name}` is signed and must be given")
            }
            SignErrorKind::PublicKey => f.write_str("a public key cannot sign"),
            SignErrorKind::Credentials => f.write_str("no key can be made of the credentials"),
            SignErrorKind::Unsupported => f.write_str("signing for this provider is not supported"),
        }
    }
}

impl Error for SignError {}
