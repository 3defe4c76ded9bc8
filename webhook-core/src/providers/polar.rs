//! Polar: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! The id is signed. The time may be 300 s off, as in the libraries of Standard Webhooks. The secret is used as
//! text, whatever it begins with, unlike in Standard Webhooks.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: polar-js, `src/webhooks.ts`, 2026-11.

use crate::keys::KeyFormat;
use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Polar, as a type.
#[derive(Debug)]
pub enum Polar {}

impl SchemeProvider for Polar {
    const SCHEME: Scheme = standard_webhooks::scheme("polar").key(KeyFormat::Raw);
}

impl SignsTime for Polar {}

/// The endpoint's secret, as text.
pub type Secret = crate::Key<Polar>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Polar>("Polar")
    .credential("webhook secret", "the organization's settings, Webhooks, the endpoint")
    .documentation("https://polar.sh/docs/integrate/webhooks/delivery");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;

    use crate::providers::test::verified;

    #[test]
    fn a_secret_is_text() {
        // Ours: Python's `hmac` over `msg_1.1700000000.` and the body.
        let headers = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1700000000"),
            ("webhook-signature", "v1,DInOzRdzIs02WX/tkk3DPx2UlLq+zHKyXvzXXyfE0aU="),
        ];
        let secret = Secret::new("polar_whs_test").unwrap();
        verified(&secret, &headers, r#"{"id":"evt_1"}"#, UnixTime::from_secs(1_700_000_000));
    }
}
