/// A signature as it was decoded from a header, for a key to judge. Short ones are inline.
///
/// It is decoded where it stays: to move one costs as much as to compare it.
#[derive(Clone)]
pub(crate) struct Signature {
    short: [u8; Signature::SHORT],
    len: usize,
    /// Instead of `short`, if it is longer than that.
    long: Box<[u8]>,
}

impl Signature {
    /// As long as the longest MAC.
    pub(crate) const SHORT: usize = 64;

    /// None yet.
    pub(crate) fn empty() -> Self {
        Self { short: [0; Self::SHORT], len: 0, long: Box::default() }
    }

    /// Becomes one of `len` bytes, if they can be filled in, or else empty.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Option<()>,
    ) -> Option<()> {
        self.len = len;
        let filled = if let Some(short) = self.short.get_mut(..len) {
            fill(short)
        } else {
            self.long = vec![0; len].into_boxed_slice();
            fill(&mut self.long)
        };
        if filled.is_none() {
            *self = Self::empty();
        }
        filled
    }

    pub(crate) fn set(&mut self, bytes: &[u8]) -> Option<()> {
        self.fill(bytes.len(), |into| {
            into.copy_from_slice(bytes);
            Some(())
        })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.short.get(..self.len).unwrap_or(&self.long)
    }

    /// Its length and its bytes, with zeros behind them. `None` if it is longer than a MAC can be.
    pub(crate) const fn as_short(&self) -> Option<(usize, &[u8; Self::SHORT])> {
        if self.len <= Self::SHORT { Some((self.len, &self.short)) } else { None }
    }
}
