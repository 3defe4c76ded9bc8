use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Buffer, FixedOutputCore as _, UpdateCore as _};
use hmac::{EagerHash, KeyInit as _};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::{Choice, ConstantTimeEq as _};

use super::{Algorithm, Encoding, KeyFormat, SecretText, Signature};
use crate::error::SecretError;

/// A keyed MAC. The key is expanded once; each clone starts from the expanded key.
#[derive(Clone)]
pub(crate) enum Mac {
    Sha1(State<Sha1>),
    Sha256(State<Sha256>),
    /// Boxed, like the next variant, because their states are large and would make every `Mac` large.
    Sha384(Box<State<Sha384>>),
    Sha512(Box<State<Sha512>>),
}

impl Mac {
    /// Creates a MAC, or returns `None` if the algorithm is not a MAC. HMAC accepts keys of any length.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Option<Self> {
        Some(match algorithm {
            Algorithm::HmacSha1 => Self::Sha1(State::new(key)?),
            Algorithm::HmacSha256 => Self::Sha256(State::new(key)?),
            Algorithm::HmacSha384 => Self::Sha384(Box::new(State::new(key)?)),
            Algorithm::HmacSha512 => Self::Sha512(Box::new(State::new(key)?)),
            _ => return None,
        })
    }

    /// The MAC of a secret that is used as text.
    pub(crate) fn read(algorithm: Algorithm, secret: &SecretText) -> Result<Self, SecretError> {
        let key = secret.decode(KeyFormat::Raw)?;
        Self::new(algorithm, &key).ok_or_else(|| secret.undecodable(KeyFormat::Raw))
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(state) => state.update(bytes),
            Self::Sha256(state) => state.update(bytes),
            Self::Sha384(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
        }
    }

    /// Returns a copy that has also been fed `text`.
    pub(crate) fn fed(&self, text: &[u8]) -> Self {
        let mut mac = self.clone();
        mac.update(text);
        mac
    }

    /// Returns whether both have the same key.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        // Only the expanded key is kept, so compare the tags of a fixed text.
        let tag = |mac: &Self| mac.tag(&[b"is this the same key?"]);
        tag(self).0.ct_eq(&tag(other).0).into()
    }

    /// Returns the tag of what it was fed, followed by these texts.
    pub(crate) fn tag(&self, texts: &[&[u8]]) -> Tag {
        match self {
            Self::Sha1(state) => state.tag(texts),
            Self::Sha256(state) => state.tag(texts),
            Self::Sha384(state) => state.tag(texts),
            Self::Sha512(state) => state.tag(texts),
        }
    }
}

/// Shows nothing of the key.
impl std::fmt::Debug for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mac")
    }
}

/// The state of an HMAC.
///
/// [`hmac::Hmac`] is consumed to finish it, and moving and wiping it takes a tenth of the time that a short
/// message takes. This type is finished in place.
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

    fn tag(&self, texts: &[&[u8]]) -> Tag {
        let mut state = self.clone();
        texts.iter().filter(|text| !text.is_empty()).for_each(|text| state.update(text));
        let mut output = Output::<HmacCore<D>>::default();
        state.core.finalize_fixed_core(&mut state.buffer, &mut output);
        Tag::new(&output)
    }
}

/// The output of a MAC, padded with zeros. It has no `Debug`, because it is a valid signature.
#[derive(Clone, Copy)]
pub(crate) struct Tag([u8; Signature::SHORT], usize);

impl Tag {
    /// Takes the first [`Signature::SHORT`] bytes, which are all bytes for every algorithm here.
    fn new(bytes: &[u8]) -> Self {
        let mut tag = Self([0; Signature::SHORT], bytes.len().min(Signature::SHORT));
        if let (Some(to), Some(from)) = (tag.0.get_mut(..tag.1), bytes.get(..tag.1)) {
            to.copy_from_slice(from);
        }
        tag
    }

    /// Whether this text is the tag, encoded.
    pub(crate) fn is_text(&self, encoding: Encoding, text: &[u8]) -> bool {
        encoding.decode(text, Some(self.1)).is_some_and(|signature| self.matches(&signature).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }

    /// Compares in constant time, word by word. The length is public, because it follows from the algorithm.
    pub(crate) fn matches(&self, signature: &Signature) -> Choice {
        let Some((len, bytes)) = signature.as_short() else { return Choice::from(0) };
        let words = |bytes: &[u8; Signature::SHORT]| {
            let (chunks, _) = bytes.as_chunks::<8>();
            std::array::from_fn::<u64, { Signature::SHORT / 8 }, _>(|index| {
                chunks.get(index).map_or(0, |chunk| u64::from_ne_bytes(*chunk))
            })
        };
        let differences =
            words(&self.0).iter().zip(words(bytes)).fold(0, |all, (a, b)| all | (a ^ b));
        (differences | (self.1 ^ len) as u64).ct_eq(&0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Hmac` itself does not implement `ZeroizeOnDrop`, but these states, which hold the key, do.
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
                Algorithm::HmacSha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
                 8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                Algorithm::HmacSha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                 9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            let mut mac = Mac::new(algorithm, b"Jefe").unwrap();
            mac.update(b"what do ya want ");
            let tag = mac.tag(&[b"for ", b"nothing?"]);
            assert_eq!(const_hex::encode(tag.as_bytes()), expected);
            assert_eq!(Some(tag.as_bytes().len()), algorithm.signature_len());
        }
    }
}
