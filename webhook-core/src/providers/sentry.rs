//! Sentry: hex HMAC-SHA256 of the body in `Sentry-Hook-Signature: <hex>`.
//!
//! For internal and public integrations. The key is the integration's client secret. Requests of
//! Sentry's user interface carry `Sentry-App-Signature` instead, and are refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `Request-ID`, `Sentry-Hook-Resource` and, although it looks like a signed time,
//! `Sentry-Hook-Timestamp` are unsigned.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Sentry Docs, "Webhooks" of the integration platform, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Sentry, as a type.
#[derive(Debug)]
pub enum Sentry {}

impl SchemeProvider for Sentry {
    const SCHEME: Scheme = Scheme::new("sentry", "sentry-hook-signature")
        .delivery_id("request-id")
        .hints(&["sentry-hook-resource", "sentry-hook-timestamp"]);
}

/// The integration's client secret, as text.
pub type ClientSecret = crate::Key<Sentry>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Sentry>("Sentry")
    .credential("client secret", "Settings, Developer Settings, the integration's credentials")
    .documentation(
        "https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    );

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"action":"created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "0155d4df5f256673f8351a43ca7cedcb4fb6c2af76c3c57aa0f11154e5f4764c";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> ClientSecret {
        ClientSecret::new("client_secret").unwrap()
    }

    #[test]
    fn the_timestamp_is_no_signed_time() {
        let headers = [
            ("Sentry-Hook-Signature", SIGNATURE),
            ("Request-ID", "7a48"),
            ("Sentry-Hook-Resource", "issue"),
            ("Sentry-Hook-Timestamp", "1700000000"),
        ];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("7a48"));
        assert!(!delivery.id_is_signed());
        assert_eq!(delivery.unsigned_hint("sentry-hook-resource"), Some("issue"));
        assert_eq!(delivery.signed_at(), None);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("Sentry-Hook-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
