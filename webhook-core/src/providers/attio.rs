//! Attio: hex HMAC-SHA256 of the body in `Attio-Signature: <hex>`.
//!
//! `X-Attio-Signature`, which repeats the signature for old receivers, is not read.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. `Idempotency-Key` is the same in every retry, but unsigned.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Attio Docs, "Webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Attio, as a type.
#[derive(Debug)]
pub enum Attio {}

impl SchemeProvider for Attio {
    const SCHEME: Scheme = Scheme::new("attio", "attio-signature").delivery_id("idempotency-key");
}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Attio>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Attio>("Attio")
    .credential(
        "webhook secret",
        "the developer settings, or the answer to the API call that creates the webhook",
    )
    .documentation("https://docs.attio.com/rest-api/guides/webhooks#authenticating");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"events":[]}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "a642b59553c93e227ec0f2f38910fbf71231a2197c00899833c00478cec86f34";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_id_is_unsigned() {
        let headers = [("Attio-Signature", SIGNATURE), ("Idempotency-Key", "14ef")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.id(), Some("14ef"));
        assert!(!delivery.id_is_signed());
    }

    #[test]
    fn the_header_for_old_receivers_is_not_read() {
        let headers = [("X-Attio-Signature", SIGNATURE)];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MissingSignature);
    }
}
