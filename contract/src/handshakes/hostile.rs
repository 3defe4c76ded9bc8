//! Texts that a stranger would like to see repeated.

use std::fmt::Write as _;

use super::row::Request;

pub(super) const TEXTS: [&str; 4] =
    ["<script>alert(1)</script>", "a\r\nSet-Cookie: a=b", "h\u{e9}llo", "a b"];

/// Longer than any challenge.
pub(super) fn long() -> String {
    "a".repeat(5000)
}

/// The request with this text as its challenge.
pub(super) fn replace(probe: &Request, challenge: &str, text: &str) -> Request {
    let json = serde_json::Value::from(text).to_string();
    // A line break would end the header.
    let header = text.replace(['\r', '\n'], "");
    probe.replace(challenge, &percent_encoded(text), &header, &json[1..json.len() - 1])
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}
