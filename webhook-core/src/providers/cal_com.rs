//! Cal.com: hex HMAC-SHA256 of the body in `X-Cal-Signature-256: <hex>`.
//!
//! A webhook without a secret sends `no-secret-provided` in the header, and its requests are refused.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. What happened is in the signed body, as `triggerEvent`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Cal.com Docs, "Webhooks"; cal.com, packages/features/webhooks/lib/sendPayload.ts, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Cal.com, as a type.
#[derive(Debug)]
pub enum CalCom {}

impl SchemeProvider for CalCom {
    const SCHEME: Scheme = Scheme::new("cal_com", "x-cal-signature-256");
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<CalCom>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<CalCom>("Cal.com")
    .credential("webhook secret", "Settings, Developer, Webhooks")
    .documentation("https://cal.com/docs/developing/guides/automation/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"triggerEvent":"BOOKING_CREATED"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "6964392879e8555db7df0d473a03a5558576786a2ce99ce1a327c08bd1011903";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn a_signed_body_is_accepted() {
        let headers = [("X-Cal-Signature-256", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_webhook_without_a_secret_is_refused() {
        let headers = [("X-Cal-Signature-256", "no-secret-provided")];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
