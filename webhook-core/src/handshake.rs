//! What the providers' handshakes in JSON share.

use serde_json::Value;

/// Longer bodies are no handshakes.
const MAX_LEN: usize = 16 * 1024;

/// A body that may be a handshake, as JSON: one that is short and contains `marker`. All other deliveries are
/// spared the parsing.
pub(crate) fn candidate(body: &[u8], marker: &str) -> Option<Value> {
    let marker = marker.as_bytes();
    let may_be =
        body.len() <= MAX_LEN && body.windows(marker.len().max(1)).any(|part| part == marker);
    may_be.then(|| serde_json::from_slice(body).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_json_with_the_marker_is_a_candidate() {
        let json = r#"{"type":"url_verification","challenge":"abc"}"#;
        assert_eq!(candidate(json.as_bytes(), "url_verification").unwrap()["challenge"], "abc");
        assert!(candidate(json.as_bytes(), "other").is_none());
        assert!(candidate(b"url_verification", "url_verification").is_none(), "no JSON");
        let long = format!("{json}{}", " ".repeat(MAX_LEN));
        assert!(candidate(long.as_bytes(), "url_verification").is_none());
    }
}
