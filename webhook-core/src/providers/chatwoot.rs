//! Chatwoot: hex HMAC-SHA256 of `{timestamp}.{body}` in `X-Chatwoot-Signature: sha256=<hex>`.
//!
//! The time, `X-Chatwoot-Timestamp`, may be 300 s off; the documentation names no limit. The id, `X-Chatwoot-Delivery`,
//! is not always there and is not signed: whoever replays a captured request can change it. Older versions of
//! Chatwoot do not sign.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Chatwoot, API description, `Webhook.secret`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Chatwoot, as a type.
#[derive(Debug)]
pub enum Chatwoot {}

impl SchemeProvider for Chatwoot {
    const SCHEME: Scheme = Scheme::new("chatwoot", "x-chatwoot-signature")
        .prefix("sha256=")
        .timestamp("x-chatwoot-timestamp")
        .delivery_id("x-chatwoot-delivery")
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body]);
}

impl SignsTime for Chatwoot {}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Chatwoot>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Chatwoot>("Chatwoot")
    .credential("webhook secret", "the API's description of the webhook")
    .documentation("https://developers.chatwoot.com/api-reference/webhooks/add-a-webhook");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `1700000000.` and the body.
        let headers = [
            ("X-Chatwoot-Timestamp", "1700000000"),
            (
                "X-Chatwoot-Signature",
                "sha256=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
            ),
        ];
        verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn the_prefix_is_required() {
        let headers = [
            ("X-Chatwoot-Timestamp", "1700000000"),
            (
                "X-Chatwoot-Signature",
                "f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
            ),
        ];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
