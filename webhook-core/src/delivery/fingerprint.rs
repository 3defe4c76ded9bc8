use std::fmt;

use super::digest::digest;

/// A digest that identifies a signed message. It reveals neither the message nor its signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        Self(digest("webhook fingerprint v1", parts))
    }

    #[cfg(feature = "cloudevents")]
    pub(super) fn from_hex(text: &str) -> Option<Self> {
        const_hex::decode_to_array(text).ok().filter(|_| text.len() == 64).map(Self)
    }
}

impl AsRef<[u8]> for Fingerprint {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Lower-case hex.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
