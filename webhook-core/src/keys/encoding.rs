use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, PAD_INDIFFERENT, STANDARD, URL_SAFE_NO_PAD,
};
use zeroize::Zeroizing;

use super::Signature;

/// The encoding of a signature in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal, in upper or lower case.
    Hex,
    /// Padded base64 (RFC 4648 section 4), decoded strictly.
    Base64,
    /// Unpadded URL-safe base64 (RFC 4648 section 5), decoded strictly.
    Base64Url,
    /// The bytes of the header without an encoding, for tokens.
    Text,
}

/// The encoding of a secret.
///
/// Providers differ here: a `whsec_…` secret is plain text for some and base64 for others. So each scheme
/// states the encoding; it is never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// Plain text: the bytes of the secret are the key.
    Raw,
    /// Base64 after an optional prefix such as `whsec_`. Decoded leniently, as the reference libraries do:
    /// padding may be missing, and trailing bits may be set.
    Base64 {
        /// The prefix, which is removed if present.
        prefix: &'static str,
    },
    /// Base64 if the text has this prefix; otherwise the text itself.
    Base64OrRaw {
        /// The prefix.
        prefix: &'static str,
    },
    /// Hexadecimal, in upper or lower case.
    Hex,
    /// A public key as `SubjectPublicKeyInfo` (RFC 5280): PEM, or the base64 of its DER.
    Spki,
}

impl Encoding {
    /// The same as [`decode_into`](Self::decode_into), for hand-written providers and tests.
    #[cfg_attr(
        not(any(test, feature = "serde")),
        allow(dead_code, reason = "not every set of features has such a provider")
    )]
    pub(crate) fn decode(self, text: &[u8], len: Option<usize>) -> Option<Signature> {
        let mut signature = Signature::empty();
        self.decode_into(text, len, &mut signature).map(|()| signature)
    }

    /// Decodes a signature of `len` bytes, or of any length if `len` is `None`. Returns `None` if the text
    /// cannot be a signature.
    #[inline]
    pub(crate) fn decode_into(
        self,
        text: &[u8],
        len: Option<usize>,
        into: &mut Signature,
    ) -> Option<()> {
        let Some(len) = len else { return self.decode_any(text, into) };
        if text.len() != self.encoded_len(len) {
            return None;
        }
        let base64 = |engine: GeneralPurpose, into: &mut Signature| {
            // The decoder works in groups of three bytes, so the last group may extend past the longest MAC.
            let mut bytes = [0; Signature::SHORT + 2];
            let decoded = engine.decode_slice(text, &mut bytes).ok()?;
            into.set(bytes.get(..len).filter(|_| decoded == len)?)
        };
        match self {
            Self::Text => into.set(text),
            Self::Hex => into.fill(len, |bytes| hex(text, bytes)),
            Self::Base64 => base64(STANDARD, into),
            Self::Base64Url => base64(URL_SAFE_NO_PAD, into),
        }
    }

    fn decode_any(self, text: &[u8], into: &mut Signature) -> Option<()> {
        match self {
            Self::Text => into.set(text),
            Self::Hex => into.fill(text.len() / 2, |bytes| hex(text, bytes)),
            Self::Base64 => into.set(&STANDARD.decode(text).ok()?),
            Self::Base64Url => into.set(&URL_SAFE_NO_PAD.decode(text).ok()?),
        }
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => const_hex::encode(bytes),
            Self::Base64 => STANDARD.encode(bytes),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    const fn encoded_len(self, len: usize) -> usize {
        match self {
            Self::Hex => len * 2,
            Self::Base64 => len.div_ceil(3) * 4,
            Self::Base64Url => (len * 4).div_ceil(3),
            Self::Text => len,
        }
    }
}

impl KeyFormat {
    /// Returns the name of the format, for errors.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Raw => "valid text",
            Self::Base64 { .. } | Self::Base64OrRaw { .. } => "valid base64 (standard alphabet)",
            Self::Hex => "valid hexadecimal",
            Self::Spki => "a public key in PEM or base64",
        }
    }

    /// Decodes a secret. Returns `None` if the text does not have this format.
    pub(crate) fn decode(self, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        const LENIENT: GeneralPurposeConfig = PAD_INDIFFERENT.with_decode_allow_trailing_bits(true);
        const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
        let key = match self {
            Self::Raw => text.as_bytes().to_vec(),
            Self::Base64 { prefix } => {
                BASE64.decode(text.strip_prefix(prefix).unwrap_or(text)).ok()?
            }
            Self::Base64OrRaw { prefix } => match text.strip_prefix(prefix) {
                Some(base64) => BASE64.decode(base64).ok()?,
                None => text.as_bytes().to_vec(),
            },
            Self::Hex => {
                let mut key = vec![0; text.len() / 2];
                hex(text.as_bytes(), &mut key)?;
                key
            }
            Self::Spki => {
                let armored = |label: &str| {
                    let rest = text.strip_prefix(&format!("-----BEGIN {label}-----"))?;
                    rest.strip_suffix(&format!("-----END {label}-----"))
                };
                // The private one is for simulators of providers.
                let base64 = armored("PUBLIC KEY").or_else(|| armored("PRIVATE KEY"));
                let lines = base64.unwrap_or(text).split_ascii_whitespace();
                BASE64.decode(lines.collect::<String>()).ok()?
            }
        };
        Some(Zeroizing::new(key))
    }
}

/// Fills `bytes` completely or returns `None`. The decoder skips a leading `0x`, which leaves too few digits.
fn hex(text: &[u8], bytes: &mut [u8]) -> Option<()> {
    const_hex::decode_to_slice(text, bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHSEC: KeyFormat = KeyFormat::Base64 { prefix: "whsec_" };

    #[test]
    fn every_encoding_decodes_what_it_encodes() {
        let bytes: Vec<u8> = (0..64).collect();
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
            for len in [20, 32, 64] {
                let text = encoding.encode(&bytes[..len]);
                let tag = encoding.decode(text.as_bytes(), Some(len)).unwrap();
                assert_eq!(tag.as_bytes(), &bytes[..len], "{encoding:?} {len}");
                assert!(encoding.decode(text.as_bytes(), Some(len - 1)).is_none());
                assert!(encoding.decode(&text.as_bytes()[1..], Some(len)).is_none());
            }
        }
    }

    #[test]
    fn hex_is_accepted_in_either_case() {
        assert_eq!(Encoding::Hex.decode(b"aBcD", Some(2)).unwrap().as_bytes(), [0xab, 0xcd]);
        assert!(Encoding::Hex.decode(b"zz", Some(1)).is_none());
    }

    #[test]
    fn signature_base64_is_strict() {
        assert!(Encoding::Base64.decode(b"AA==", Some(1)).is_some());
        assert!(Encoding::Base64.decode(b"AB==", Some(1)).is_none(), "trailing bits");
        assert!(Encoding::Base64.decode(b"AA", Some(1)).is_none(), "no padding");
        assert!(Encoding::Base64.decode(b"+/+/", Some(3)).is_some());
        assert!(Encoding::Base64Url.decode(b"+/+/", Some(3)).is_none(), "other alphabet");
    }

    #[test]
    fn secret_base64_is_lenient() {
        assert_eq!(**WHSEC.decode("whsec_AAA=").unwrap(), [0, 0]);
        assert_eq!(**WHSEC.decode("AAA").unwrap(), [0, 0], "no prefix, no padding");
        assert_eq!(**WHSEC.decode("AAB").unwrap(), [0, 0], "trailing bits");
        assert!(WHSEC.decode("whsec_!").is_none());
    }

    #[test]
    fn raw_text_keeps_its_prefix() {
        assert_eq!(**KeyFormat::Raw.decode("whsec_AAA=").unwrap(), *b"whsec_AAA=");
        assert_eq!(**KeyFormat::Hex.decode("00fF").unwrap(), [0, 255]);
        let either = KeyFormat::Base64OrRaw { prefix: "whsec_" };
        assert_eq!(**either.decode("whsec_AAA=").unwrap(), [0, 0]);
        assert_eq!(**either.decode("AAA=").unwrap(), *b"AAA=");
    }
}
