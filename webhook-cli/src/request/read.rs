use std::fmt;

use serde_json::Value;

use super::{Captured, cloud_event, har, raw};

/// Why a file holds no request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(super) String);

impl Unreadable {
    pub(super) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a raw HTTP request, a HAR file or one entry of it, or the JSON of a `CloudEvent`. `entry` counts a HAR file's
/// entries from 1.
pub(crate) fn read(bytes: &[u8], entry: Option<usize>) -> Result<Captured, Unreadable> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !text.trim_ascii_start().starts_with(b"{") {
        return raw::read(bytes);
    }
    let json: Value = serde_json::from_slice(text)
        .map_err(|error| Unreadable::new(format_args!("neither HTTP nor JSON: {error}")))?;
    if json.get("specversion").is_some() {
        return cloud_event::read(text);
    }
    match json.get("log") {
        Some(log) => har::read(har::choose(log, entry)?),
        None if json.get("request").is_some() => har::read(&json),
        None => Err(Unreadable::new(
            "JSON, but no HAR entry and no CloudEvent: give a body with --body",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_of_another_kind_is_taken_for_a_body() {
        for text in ["{}", " {\"event\":\"a\"}"] {
            let error = read(text.as_bytes(), None).err().unwrap();
            assert!(error.0.contains("--body"), "{error}");
        }
        let error = read(b"{", None).err().unwrap();
        assert!(error.0.starts_with("neither HTTP nor JSON: "), "{error}");
    }
}
