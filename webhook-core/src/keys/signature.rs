/// A signature that was decoded from a header. Short ones are stored inline.
#[derive(Clone)]
pub(crate) enum Signature {
    Short { bytes: [u8; Signature::SHORT], len: usize },
    Long(Box<[u8]>),
}

impl Signature {
    /// The length of the longest MAC.
    pub(crate) const SHORT: usize = 64;

    /// Creates a signature of `len` bytes, or returns `None` if `fill` does.
    pub(crate) fn filled(len: usize, fill: impl FnOnce(&mut [u8]) -> Option<()>) -> Option<Self> {
        if len <= Self::SHORT {
            let mut bytes = [0; Self::SHORT];
            fill(bytes.get_mut(..len)?)?;
            return Some(Self::Short { bytes, len });
        }
        let mut bytes = vec![0; len].into_boxed_slice();
        fill(&mut bytes)?;
        Some(Self::Long(bytes))
    }

    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        Self::filled(bytes.len(), |into| {
            into.copy_from_slice(bytes);
            Some(())
        })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}
