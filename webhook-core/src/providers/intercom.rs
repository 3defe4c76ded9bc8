//! Intercom: hex HMAC-SHA1 of the body in `X-Hub-Signature: sha1=<hex>`.
//!
//! The key is the app's client secret: everybody who can act as the app can also sign.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The notification's own `id` is in the signed body. Intercom waits 5 s.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Intercom Developers, "Webhook notifications" and "Signed notifications", 2026-11.

use crate::keys::Algorithm;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Intercom, as a type.
#[derive(Debug)]
pub enum Intercom {}

impl SchemeProvider for Intercom {
    const SCHEME: Scheme = Scheme::new("intercom", "x-hub-signature")
        .prefix("sha1=")
        .algorithm(Algorithm::HmacSha1)
        .body_id("id");
}

/// The app's client secret, as text.
pub type ClientSecret = crate::Key<Intercom>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Intercom>("Intercom")
    .credential("client secret", "the Developer Hub, the app's Basic information")
    .documentation("https://developers.intercom.com/docs/webhooks/webhook-notifications")
    .answered_within(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"type":"notification_event","id":"notif_1"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "sha1=b72d571b48cdb220f12dbf6ea63d4bb70cfdb651";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> ClientSecret {
        ClientSecret::new("client_secret").unwrap()
    }

    #[test]
    fn the_body_identifies_the_notification() {
        let headers = [("X-Hub-Signature", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), Some("id"));
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [("X-Hub-Signature", &SIGNATURE["sha1=".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
