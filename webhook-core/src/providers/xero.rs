//! Xero: base64 HMAC-SHA256 of the body in `x-xero-signature: <base64>`.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. Xero waits 5 s for an empty 200 without cookies.
//!
//! Before Xero uses an endpoint it sends several POSTs without events, its "intent to receive", some of
//! them with a wrong signature on purpose. The right ones are answered with an empty 200, the others
//! with 401, and no handler sees either.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Xero Developer, "Configuring your server" of webhooks, 2026-11.

use crate::answer::Answer;
use crate::handshake;
use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Xero, as a type.
#[derive(Debug)]
pub enum Xero {}

impl SchemeProvider for Xero {
    const SCHEME: Scheme = Scheme::new("xero", "x-xero-signature")
        .encoding(Encoding::Base64)
        .handshake(|_, delivery| {
            let json = handshake::candidate(delivery.body(), "\"events\"")?;
            json.get("events")?.as_array()?.is_empty().then(Answer::ok)
        });
}

/// The app's webhooks key, as text: it looks like base64, and is not decoded.
pub type WebhooksKey = crate::Key<Xero>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Xero>("Xero")
    .credential("webhooks key", "the Developer portal, the app's Webhooks")
    .documentation(
        "https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/",
    )
    .handshake("signed POSTs without events, some signed wrongly: answered 200 and 401")
    .answered_within(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{answered, refused};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"events":[]}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "bta0jBJDUPZqTGtgZz/x93VdapeeN8QeT45KZeaH1D0=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> WebhooksKey {
        WebhooksKey::new("OSd0eLlVIY9ZhViEqlDUh4+6n6M+Lo+eDaEJheJ6OCA=").unwrap()
    }

    #[test]
    fn an_intent_to_receive_is_answered_and_events_are_not() {
        // The key is used as text.
        let headers = [("x-xero-signature", SIGNATURE)];
        assert_eq!(answered(&secret(), &headers, BODY, NOW), Some(Answer::ok()));
        let events = r#"{"events":[{}]}"#;
        let headers = secret().sign(events.as_bytes(), NOW, None).unwrap();
        assert_eq!(answered(&secret(), &headers, events, NOW), None);
    }

    #[test]
    fn a_wrong_intent_to_receive_is_refused() {
        let other = crate::Key::<Xero>::new("another key").unwrap();
        let headers = [("x-xero-signature", SIGNATURE)];
        assert_eq!(refused(&other, &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
