//! PagerDuty: hex HMAC-SHA256 of the body in `X-PagerDuty-Signature: v1=<hex>[,v1=<hex>]`.
//!
//! For V3 webhooks. While a secret is replaced, the list has a signature for each: any of them may
//! match. Other versions are ignored. The secret looks like base64, but is used as text.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The event's `id` is inside the signed body, at `event.id`.
//!
//! The test's signature is ours. `tests/vectors` runs the published example, which is long.
//!
//! Source: PagerDuty Developer Documentation, "Verifying webhook signatures"; go-pagerduty, webhookv3,
//! 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// PagerDuty, as a type.
#[derive(Debug)]
pub enum PagerDuty {}

impl SchemeProvider for PagerDuty {
    const SCHEME: Scheme = Scheme::new("pagerduty", "x-pagerduty-signature").fields(',', '=', "v1");
}

/// The subscription's secret, as text.
pub type Secret = crate::Key<PagerDuty>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<PagerDuty>("PagerDuty")
    .credential("webhook secret", "Integrations, Generic Webhooks (v3), shown once after creation")
    .documentation("https://docs.pagerduty.com/developer/verifying-webhook-signatures");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"event":{"id":"01BWDW"}}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "v1=1fd3e4f0a1aa46dd1aac98b02e939c375c4f43cc84cf4d59d8efaf8653050400";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itB").unwrap()
    }

    #[test]
    fn the_secret_is_used_as_text() {
        let headers = [("X-PagerDuty-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn any_v1_may_match_and_other_versions_are_ignored() {
        let zeros = "0".repeat(64);
        for value in [format!("v1={zeros},{SIGNATURE}"), format!("v0={zeros}, {SIGNATURE},v2=")] {
            verified(&secret(), &[("X-PagerDuty-Signature", &*value)], BODY, NOW);
        }
        let other = [("X-PagerDuty-Signature", SIGNATURE.replace("v1", "v2"))];
        assert_eq!(refused(&secret(), &other, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
