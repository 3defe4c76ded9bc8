//! Close: hex HMAC-SHA256 of `{timestamp}{body}` in `close-sig-hash: <hex>`.
//!
//! The time, `close-sig-timestamp`, may be 300 s off; the documentation names no limit. There is no delivery id
//! header. The key is hexadecimal.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Close API, "Webhooks", 2026-11.

use crate::keys::KeyFormat;
use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Close, as a type.
#[derive(Debug)]
pub enum Close {}

impl SchemeProvider for Close {
    const SCHEME: Scheme = Scheme::new("close", "close-sig-hash")
        .timestamp("close-sig-timestamp")
        .signs(&[Part::Timestamp, Part::Body])
        .key(KeyFormat::Hex);
}

impl SignsTime for Close {}

/// The subscription's signature key, which is hexadecimal.
pub type SignatureKey = crate::Key<Close>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Close>("Close")
    .credential("signature key", "the response that created the webhook subscription")
    .documentation("https://developer.close.com/topics/webhooks/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // The key is the documentation's; the signature is ours: Python's `hmac`.
        let headers = [
            ("close-sig-timestamp", "1700000000"),
            ("close-sig-hash", "bdb98ac2d3da3ef915cb65e84b52b6dba8951e9a0a56234d8a1743aec2b3e149"),
        ];
        verified(
            &SignatureKey::new("058bfb6a3d8cfdc4da7c3be5901b16ae11da982b46a25fb2cd7016e97a140a1c")
                .unwrap(),
            &headers,
            r#"{"id":"evt_1"}"#,
            NOW,
        );
    }

    #[test]
    fn the_text_of_the_key_is_no_key() {
        let headers = [
            ("close-sig-timestamp", "1700000000"),
            ("close-sig-hash", "89915322a9929d4115bfded0814f4552bfb8d65ddf3d787a5e1313413292e938"),
        ];
        let kind = refused(
            &SignatureKey::new("058bfb6a3d8cfdc4da7c3be5901b16ae11da982b46a25fb2cd7016e97a140a1c")
                .unwrap(),
            &headers,
            r#"{"id":"evt_1"}"#,
            NOW,
        );
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
