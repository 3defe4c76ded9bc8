//! Help Scout: base64 HMAC-SHA1 of the body in `X-HelpScout-Signature: <base64>`.
//!
//! For webhooks. Apps in the sidebar, which sign query parameters, use another scheme.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `X-HelpScout-Event` is unsigned.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Help Scout Developers, "Webhooks"; helpscout-api-php, src/Webhooks/IncomingWebhook.php,
//! 2026-11.

use crate::keys::{Algorithm, Encoding};
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Help Scout, as a type.
#[derive(Debug)]
pub enum HelpScout {}

impl SchemeProvider for HelpScout {
    const SCHEME: Scheme = Scheme::new("help_scout", "x-helpscout-signature")
        .algorithm(Algorithm::HmacSha1)
        .encoding(Encoding::Base64)
        .hints(&["x-helpscout-event"]);
}

/// The webhook's secret key, as text.
pub type Secret = crate::Key<HelpScout>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<HelpScout>("Help Scout")
    .credential("secret key", "Manage, Apps, Webhooks")
    .documentation("https://developer.helpscout.com/webhooks/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":1}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "pkq9ASkZdrNd69hwrROjDJQ0ODE=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_event_is_unsigned() {
        let headers =
            [("X-HelpScout-Signature", SIGNATURE), ("X-HelpScout-Event", "convo.created")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.unsigned_hint("x-helpscout-event"), Some("convo.created"));
    }

    #[test]
    fn hex_is_refused() {
        let headers = [("X-HelpScout-Signature", &*"0".repeat(40))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
