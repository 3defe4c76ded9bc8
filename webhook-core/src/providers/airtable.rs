//! Airtable: hex HMAC-SHA256 of the body in `X-Airtable-Content-MAC: hmac-sha256=<hex>`.
//!
//! The key is the `macSecretBase64` that the API returns, once, when it creates a webhook. It is
//! decoded from base64. The body only names the base and the webhook: the changes are fetched with the
//! API, from a cursor that the receiver keeps.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Airtable Web API, "Webhooks overview"; pyairtable, models/webhook.py, 2026-11.

use crate::keys::KeyFormat;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Airtable, as a type.
#[derive(Debug)]
pub enum Airtable {}

impl SchemeProvider for Airtable {
    const SCHEME: Scheme = Scheme::new("airtable", "x-airtable-content-mac")
        .prefix("hmac-sha256=")
        .key(KeyFormat::Base64 { prefix: "" });
}

/// The webhook's `macSecretBase64`.
pub type MacSecret = crate::Key<Airtable>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Airtable>("Airtable")
    .credential(
        "MAC secret (`macSecretBase64`)",
        "the answer to the API call that creates the webhook",
    )
    .documentation("https://airtable.com/developers/web/api/webhooks-overview");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{SecretErrorKind, UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"base":{"id":"app0"},"webhook":{"id":"ach0"}}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str =
        "hmac-sha256=ceb8cb830c61bf926228932394cd47ef1c5af69d392d77b18374c2808a35485f";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> MacSecret {
        MacSecret::new("c3VwZXIgZHVwZXIgc2VjcmV0").unwrap()
    }

    #[test]
    fn the_secret_is_decoded() {
        let headers = [("X-Airtable-Content-MAC", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_secret_that_is_no_base64_is_refused() {
        let error = MacSecret::new("super duper secret").unwrap_err();
        assert_eq!(error.kind(), SecretErrorKind::Undecodable);
        let headers = [("X-Airtable-Content-MAC", &SIGNATURE["hmac-".len()..])];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
