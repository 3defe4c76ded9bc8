use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

/// A secret that the header contains as it is.
#[derive(Clone)]
pub(crate) struct Token {
    text: Zeroizing<Vec<u8>>,
    /// Compared instead of the text, so that the time does not depend on what was sent.
    digest: Zeroizing<[u8; 32]>,
}

impl Token {
    pub(crate) fn new(text: &[u8]) -> Self {
        Self { text: Zeroizing::new(text.to_vec()), digest: Zeroizing::new(digest(text)) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    pub(crate) fn matches(&self, text: &[u8]) -> Choice {
        self.digest.ct_eq(&digest(text))
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.digest.ct_eq(&*other.digest).into()
    }
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Shows nothing of it.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}
