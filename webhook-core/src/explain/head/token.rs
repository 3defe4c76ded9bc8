use crate::explain::codec::{base64_any, unhex};
use crate::keys::Encoding;

/// The shortest signature: SHA-1.
const MIN_LEN: usize = 20;

/// A text in a header that may be a signature.
#[derive(Clone)]
pub(in crate::explain) struct Token {
    pub(in crate::explain) text: Vec<u8>,
    pub(in crate::explain) bytes: Vec<u8>,
    is_hex: bool,
}

impl Token {
    pub(in crate::explain) fn encodings(&self) -> [Encoding; 3] {
        if self.is_hex {
            [Encoding::Hex, Encoding::Base64, Encoding::Base64Url]
        } else {
            [Encoding::Base64, Encoding::Hex, Encoding::Base64Url]
        }
    }
}

/// All texts of a header that may be signatures, whatever is around them.
pub(in crate::explain) fn tokens(value: &[u8]) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let value = unfolded(value, b"");
    for piece in value.split(|byte| b" \t,;:\"'<>`".contains(byte)) {
        let core = piece.len() - piece.iter().rev().take_while(|byte| **byte == b'=').count();
        let core = piece.get(..core).unwrap_or_default();
        let start = core.iter().rposition(|byte| *byte == b'=').map_or(0, |at| at + 1);
        let text = piece.get(start..).unwrap_or_default();
        let hex = unhex(text);
        let is_hex = hex.is_some();
        let bytes = hex.or_else(|| base64_any(text)).filter(|bytes| bytes.len() >= MIN_LEN);
        if let Some(bytes) = bytes
            && !found.iter().any(|token| token.text == text)
        {
            found.push(Token { text: text.to_vec(), bytes, is_hex });
        }
    }
    // A signature that a fold cut has its halves joined above; a list of signatures must not be.
    found
}

/// Without line breaks and the white space behind them.
pub(super) fn unfolded(value: &[u8], joint: &[u8]) -> Vec<u8> {
    let mut lines =
        value.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut out = lines.next().unwrap_or_default().to_vec();
    for line in lines {
        out.extend_from_slice(joint);
        out.extend_from_slice(line.trim_ascii_start());
    }
    out
}
