//! Xero: base64 HMAC-SHA256 of the body in `x-xero-signature: <base64>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. Xero waits 5 s for an empty 200 without cookies.
//!
//! The "intent to receive" works by itself: Xero sends several POSTs, some of them with a wrong
//! signature on purpose, and wants 200 for the right ones and 401 for the others. The right ones reach
//! the handler as a body whose `events` are empty.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Xero Developer, "Configuring your server" of webhooks, 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Xero, as a type.
#[derive(Debug)]
pub enum Xero {}

impl SchemeProvider for Xero {
    const SCHEME: Scheme = Scheme::new("xero", "x-xero-signature").encoding(Encoding::Base64);
}

/// The app's webhooks key, as text: it looks like base64, and is not decoded.
pub type WebhooksKey = crate::Key<Xero>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Xero>("Xero")
    .credential("webhooks key", "the Developer portal, the app's Webhooks")
    .documentation(
        "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
    )
    .handshake("several POSTs, some wrongly signed, to be answered 200 and 401");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"events":[]}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "bta0jBJDUPZqTGtgZz/x93VdapeeN8QeT45KZeaH1D0=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> WebhooksKey {
        WebhooksKey::new("OSd0eLlVIY9ZhViEqlDUh4+6n6M+Lo+eDaEJheJ6OCA=").unwrap()
    }

    #[test]
    fn the_key_is_used_as_text() {
        let headers = [("x-xero-signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_wrong_intent_to_receive_is_refused() {
        let other = crate::Key::<Xero>::new("another key").unwrap();
        let headers = [("x-xero-signature", SIGNATURE)];
        assert_eq!(refused(&other, &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
