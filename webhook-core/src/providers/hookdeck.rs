//! Hookdeck: base64 HMAC-SHA256 of the body in `x-hookdeck-signature: <base64>`.
//!
//! The signature proves that Hookdeck forwarded the request. `x-hookdeck-verified`, which tells whether
//! Hookdeck verified the original sender, is unsigned, and so is `x-hookdeck-eventid`, the same in
//! every retry. While the secret is rolled, `x-hookdeck-signature-2` carries a second signature, and
//! either may match.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Hookdeck Docs, "Authentication" and "Headers", 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Hookdeck, as a type.
#[derive(Debug)]
pub enum Hookdeck {}

impl SchemeProvider for Hookdeck {
    const SCHEME: Scheme = Scheme::new("hookdeck", "x-hookdeck-signature")
        .more_signatures(&["x-hookdeck-signature-2"])
        .encoding(Encoding::Base64)
        .delivery_id("x-hookdeck-eventid")
        .hints(&["x-hookdeck-verified"]);
}

/// The project's signing secret, as text.
pub type Secret = crate::Key<Hookdeck>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Hookdeck>("Hookdeck")
    .credential("signing secret", "the project's settings, Secrets")
    .documentation("https://hookdeck.com/docs/authentication");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":1}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "A971iWIMgT8Zj9A9eWfikrFj7wQ16/Qwcc4OlRl2PLc=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_event_id_is_unsigned() {
        let headers = [("x-hookdeck-signature", SIGNATURE), ("x-hookdeck-eventid", "evt_1")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("evt_1"));
        assert!(!delivery.id_is_signed());
    }

    #[test]
    fn either_header_may_match() {
        let other = "A".repeat(43) + "=";
        let headers = [("x-hookdeck-signature", &*other), ("x-hookdeck-signature-2", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
        let headers = &headers[..1].to_vec();
        assert_eq!(refused(&secret(), headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
