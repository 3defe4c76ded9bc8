/// A signature that was decoded from a header. Short ones are stored inline.
///
/// It is decoded in place, because moving one costs as much as comparing it.
#[derive(Clone)]
pub(crate) struct Signature {
    short: [u8; Signature::SHORT],
    len: usize,
    /// Instead of `short`, if it is longer than that.
    long: Box<[u8]>,
}

impl Signature {
    /// The length of the longest MAC.
    pub(crate) const SHORT: usize = 64;

    /// Creates an empty value, which no key matches.
    pub(crate) fn empty() -> Self {
        Self { short: [0; Self::SHORT], len: 0, long: Box::default() }
    }

    /// Sets the signature to `len` bytes that `fill` provides. If that fails, it is empty.
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
