//! The only file that names a hash function.

use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Buffer, FixedOutputCore as _, UpdateCore as _};
use hmac::{EagerHash, KeyInit as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq as _};

/// How a provider computes its signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-1, 20 bytes. Still sound as a MAC; some providers offer nothing else.
    HmacSha1,
    /// HMAC with SHA-256, 32 bytes.
    HmacSha256,
    /// HMAC with SHA-512, 64 bytes.
    HmacSha512,
}

impl Algorithm {
    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
            Self::HmacSha512 => 64,
        }
    }
}

/// A keyed MAC. The key is expanded when it is made; a clone starts from there.
#[derive(Clone)]
pub(crate) enum Mac {
    Sha1(State<Sha1>),
    Sha256(State<Sha256>),
    /// Boxed, so that its wide blocks are not moved about for the sake of the others.
    Sha512(Box<State<Sha512>>),
}

impl Mac {
    /// `None` would be a key that HMAC refuses, and HMAC takes keys of any length.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::HmacSha1 => Self::Sha1(State::new(key)?),
            Algorithm::HmacSha256 => Self::Sha256(State::new(key)?),
            Algorithm::HmacSha512 => Self::Sha512(Box::new(State::new(key)?)),
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(state) => state.update(bytes),
            Self::Sha256(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
        }
    }

    /// A MAC that starts from here and was fed these texts.
    pub(crate) fn fed<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut mac = self.clone();
        texts.for_each(|text| mac.update(text));
        mac
    }

    /// The tag of what it was fed, followed by these texts.
    pub(crate) fn tag<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> Tag {
        match self {
            Self::Sha1(state) => state.tag(texts),
            Self::Sha256(state) => state.tag(texts),
            Self::Sha512(state) => state.tag(texts),
        }
    }
}

/// What [`hmac::Hmac`] is made of. That type is finished by value, and to move and wipe it takes as long as
/// a tenth of a short message; this one is finished where it is.
#[derive(Clone)]
pub(crate) struct State<D: EagerHash> {
    core: HmacCore<D>,
    buffer: Buffer<HmacCore<D>>,
}

impl<D: EagerHash + Clone> State<D> {
    fn new(key: &[u8]) -> Option<Self> {
        let core = HmacCore::new_from_slice(key).ok()?;
        Some(Self { core, buffer: Buffer::<HmacCore<D>>::default() })
    }

    fn update(&mut self, bytes: &[u8]) {
        let Self { core, buffer } = self;
        buffer.digest_blocks(bytes, |blocks| core.update_blocks(blocks));
    }

    fn tag<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> Tag {
        let mut state = self.clone();
        texts.for_each(|text| state.update(text));
        let mut output = Output::<HmacCore<D>>::default();
        state.core.finalize_fixed_core(&mut state.buffer, &mut output);
        Tag::new(&output)
    }
}

/// The output of a MAC, computed or claimed. It has no `Debug`: a computed one is a valid signature.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    bytes: [u8; Tag::MAX],
    len: usize,
}

impl Tag {
    pub(crate) const MAX: usize = 64;

    /// Takes the first [`Tag::MAX`] bytes, which is all of them for every algorithm here.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut tag = Self { bytes: [0; Self::MAX], len: bytes.len().min(Self::MAX) };
        if let (Some(to), Some(from)) = (tag.bytes.get_mut(..tag.len), bytes.get(..tag.len)) {
            to.copy_from_slice(from);
        }
        tag
    }

    /// One of `len` bytes, if they can be filled in.
    pub(crate) fn filled(len: usize, fill: impl FnOnce(&mut [u8]) -> Option<()>) -> Option<Self> {
        let mut tag = Self { bytes: [0; Self::MAX], len };
        fill(tag.bytes.get_mut(..len)?)?;
        Some(tag)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// In constant time, by words: behind its bytes a tag holds zeros. Lengths are public: the algorithm
    /// sets them.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        let words = |tag: &Self| {
            let (chunks, _) = tag.bytes.as_chunks::<8>();
            std::array::from_fn::<u64, { Self::MAX / 8 }, _>(|index| {
                chunks.get(index).map_or(0, |chunk| u64::from_ne_bytes(*chunk))
            })
        };
        let differences = words(self).iter().zip(words(other)).fold(0, |all, (a, b)| all | (a ^ b));
        (differences | (self.len ^ other.len) as u64).ct_eq(&0)
    }
}

/// SHA-256 over parts, each behind its length, so that no two lists of parts collide.
pub fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"ab"]), digest(&[b"ab", b""]));
    }

    /// `Hmac` has no such marker itself; what it holds of the key are states of these.
    #[test]
    fn keyed_states_are_wiped_when_dropped() {
        const fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
        is_wiped::<Sha1>();
        is_wiped::<Sha256>();
        is_wiped::<Sha512>();
    }

    /// RFC 2202 case 2, RFC 4231 case 2.
    #[test]
    fn hmac_agrees_with_the_rfcs() {
        for (algorithm, expected) in [
            (Algorithm::HmacSha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                Algorithm::HmacSha256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                Algorithm::HmacSha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                 9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let mut mac = Mac::new(algorithm, b"Jefe").unwrap();
            mac.update(b"what do ya want ");
            let tag = mac.tag([&b"for "[..], b"nothing?"].into_iter());
            assert_eq!(const_hex::encode(tag.as_bytes()), expected);
            assert_eq!(tag.as_bytes().len(), algorithm.tag_len());
        }
    }
}
