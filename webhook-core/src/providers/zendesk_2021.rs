//! Zendesk (2021): base64 HMAC-SHA256 of `{body}{timestamp}` in `X-Zendesk-Webhook-Signature: <base64>`.
//!
//! The order of an older page of Zendesk's documentation, whose example verifies by it alone. The present page says
//! `{timestamp}{body}`, which is `zendesk`: use this one only if your account's webhooks need it. All else is as in
//! `zendesk`.
//!
//! Source: Zendesk Developer, "Verifying webhook authenticity" (Event Connectors), 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::zendesk;
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Zendesk (2021), as a type.
#[derive(Debug)]
pub enum Zendesk2021 {}

impl SchemeProvider for Zendesk2021 {
    const SCHEME: Scheme = zendesk::scheme("zendesk_2021").signs(&[Part::Body, Part::Timestamp]);
}

impl SignsTime for Zendesk2021 {}

/// The webhook's signing secret, as text.
pub type SigningSecret = crate::Key<Zendesk2021>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Zendesk2021>("Zendesk (2021)")
    .credential("signing secret", "the Admin Center, Webhooks, the webhook's details")
    .documentation("https://developer.zendesk.com/documentation/webhooks/verifying/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    #[test]
    fn the_published_example_is_accepted() {
        // Published: Zendesk Developer, the example for Node.
        let headers = |signature| {
            [
                ("X-Zendesk-Webhook-Signature", signature),
                ("X-Zendesk-Webhook-Signature-Timestamp", "2021-07-25T10:00:00Z"),
            ]
        };
        let secret = SigningSecret::new("HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=").unwrap();
        let now = UnixTime::from_secs(1_627_207_200);
        let signature = "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw=";
        verified(&secret, &headers(signature), r#"{"say": "hello"}"#, now);
        // Ours: the same parts the other way round.
        let other = "Rry/4TtIdFyawtXXp8QdI6tlAUUQ/5kL1OTp5qo/ZIk=";
        let kind = refused(&secret, &headers(other), r#"{"say": "hello"}"#, now);
        assert_eq!(kind, VerifyErrorKind::InvalidSignature);
    }
}
