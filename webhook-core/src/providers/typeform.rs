//! Typeform: base64 HMAC-SHA256 of the body in `Typeform-Signature: sha256=<base64>`.
//!
//! The prefix is GitHub's, but base64 follows it.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The event's own `event_id` is in the signed body. A webhook without a secret is
//! not signed, and its requests are refused. Typeform waits 30 s.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Typeform Developers, "Secure your webhooks", 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Typeform, as a type.
#[derive(Debug)]
pub enum Typeform {}

impl SchemeProvider for Typeform {
    const SCHEME: Scheme = Scheme::new("typeform", "typeform-signature")
        .prefix("sha256=")
        .encoding(Encoding::Base64)
        .body_id("event_id");
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Typeform>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Typeform>("Typeform")
    .credential("webhook secret", "the form's Connect, Webhooks")
    .documentation("https://www.typeform.com/developers/webhooks/secure-your-webhooks/")
    .retries("every 2 to 3 minutes for up to 10 hours, after 408, 423, 429 and 503")
    .answered_within(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"event_id":"01EK4R","event_type":"form_response"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "sha256=AYiRveDtObUS5CK8LfmFO+CNkqAhNiXleAXRSdQN5rw=";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_body_identifies_the_event() {
        let headers = [("Typeform-Signature", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), Some("event_id"));
    }

    #[test]
    fn hex_is_refused() {
        let headers = [("Typeform-Signature", &*format!("sha256={}", "0".repeat(64)))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
