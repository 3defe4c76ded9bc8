//! Encodings, read leniently.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{
    GeneralPurpose, GeneralPurposeConfig, PAD_INDIFFERENT, STANDARD,
};

const LENIENT: GeneralPurposeConfig = PAD_INDIFFERENT.with_decode_allow_trailing_bits(true);

/// Decodes base64 of either alphabet, with or without padding.
pub(super) fn base64_any(text: &[u8]) -> Option<Vec<u8>> {
    if text.is_empty() {
        return None;
    }
    let standard = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    let url_safe = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    standard.decode(text).or_else(|_| url_safe.decode(text)).ok()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.iter().all(u8::is_ascii_hexdigit) && !text.is_empty();
    digits.then(|| const_hex::decode(text).ok())?
}
