//! DocuSign: base64 HMAC-SHA256 of the body in `X-DocuSign-Signature-1: <base64>`, `-2` and so on.
//!
//! For Connect. An account may have up to 100 keys, and each signs in a header of its own: one that
//! matches is enough, so keys are replaced without a gap. The first ten headers are read: delete keys
//! that are no longer used.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: DocuSign Developers, "How to validate an HMAC signature" and "How to set up HMAC security",
//! 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// DocuSign, as a type.
#[derive(Debug)]
pub enum DocuSign {}

impl SchemeProvider for DocuSign {
    const SCHEME: Scheme = Scheme::new("docusign", "x-docusign-signature-1")
        .more_signatures(&[
            "x-docusign-signature-2",
            "x-docusign-signature-3",
            "x-docusign-signature-4",
            "x-docusign-signature-5",
            "x-docusign-signature-6",
            "x-docusign-signature-7",
            "x-docusign-signature-8",
            "x-docusign-signature-9",
            "x-docusign-signature-10",
        ])
        .encoding(Encoding::Base64);
}

/// One of the account's Connect keys, as text.
pub type ConnectKey = crate::Key<DocuSign>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<DocuSign>("DocuSign")
    .credential("Connect key", "Admin, Connect, Connect Keys, shown once")
    .documentation("https://developers.docusign.com/platform/webhooks/connect/validate/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"event":"envelope-completed"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "eThXMyD1/Zoubgxw4RmYPmCN4tVrpt4HunvHiXcKH/c=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> ConnectKey {
        ConnectKey::new("secret").unwrap()
    }

    #[test]
    fn any_of_the_headers_may_match() {
        let headers = [("X-DocuSign-Signature-10", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn an_eleventh_header_is_not_read() {
        let headers = [("X-DocuSign-Signature-11", SIGNATURE)];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MissingSignature);
    }
}
