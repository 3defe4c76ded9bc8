//! Replicate: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! The id is signed, and stays the same when a delivery is sent again. The time may be 300 s off: Replicate asks
//! for a check and names no limit. The secret is base64 behind `whsec_`.
//!
//! Source: Replicate Docs, "Verify webhooks"; replicate-javascript, `index.test.ts`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Replicate, as a type.
#[derive(Debug)]
pub enum Replicate {}

impl SchemeProvider for Replicate {
    const SCHEME: Scheme = standard_webhooks::scheme("replicate");
}

impl SignsTime for Replicate {}

/// The account's signing secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<Replicate>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Replicate>("Replicate")
    .credential("signing secret (`whsec_...`)", "the API, `GET /v1/webhooks/default/secret`")
    .documentation("https://replicate.com/docs/topics/webhooks/verify-webhook");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// Published: replicate-javascript, `index.test.ts`; it is the specification's example.
    #[test]
    fn the_published_example_is_accepted() {
        accepts_the_example::<Replicate>(SECRET, &["webhook"]);
    }
}
