//! Adyen for Platforms: base64 HMAC-SHA256 of the body in `HmacSignature: <base64>`.
//!
//! For the webhooks of Balance Platform, banking and the like. Adyen's standard payment webhooks sign
//! eight fields of each item inside the body, which is another scheme. The key is hexadecimal and is
//! decoded.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! The test's signature is ours. `tests/vectors` runs the published example, which is long.
//!
//! Source: Adyen Docs, "Verify HMAC signatures"; adyen-node-api-library,
//! src/__tests__/hmacValidator.spec.ts, 2026-11.

use crate::keys::{Encoding, KeyFormat};
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Adyen for Platforms, as a type.
#[derive(Debug)]
pub enum AdyenPlatform {}

impl SchemeProvider for AdyenPlatform {
    const SCHEME: Scheme = Scheme::new("adyen_platform", "hmacsignature")
        .encoding(Encoding::Base64)
        .key(KeyFormat::Hex);
}

/// The webhook's HMAC key, in hexadecimal.
pub type HmacKey = crate::Key<AdyenPlatform>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<AdyenPlatform>("Adyen for Platforms").credential("HMAC key", "the Customer Area, Developers, Webhooks, the webhook's security settings").documentation("https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{SecretErrorKind, UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"type":"balancePlatform.accountHolder.created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "ITZNoEN7D9L5ZEl56IIKpvB9ER6gbiGQ3owsuYI42D8=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> HmacKey {
        HmacKey::new("11223344D785FBAE710E7F943F307971BB61B21281C98C9129B3D4018A57B2EB").unwrap()
    }

    #[test]
    fn the_key_is_decoded() {
        let headers = [("HmacSignature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_key_that_is_not_hexadecimal_is_refused() {
        let error = HmacKey::new("a key as text").unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Undecodable);
        let headers = [("HmacSignature", "A".repeat(44))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
