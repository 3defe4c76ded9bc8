//! Recall.ai: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! Also with Svix' header names, which accounts from before 15 December 2025 receive, signed with a secret of each
//! endpoint. The id is signed. The time may be 300 s off, as in the libraries of Standard Webhooks. Requests are
//! not signed before a workspace secret exists.
//!
//! Source: Recall.ai Docs, "Verifying webhooks, websockets and callback requests", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Recall.ai, as a type.
#[derive(Debug)]
pub enum RecallAi {}

impl SchemeProvider for RecallAi {
    const SCHEME: Scheme = standard_webhooks::scheme("recall_ai")
        .or(&const { standard_webhooks::svix_scheme("recall_ai") });
}

impl SignsTime for RecallAi {}

/// The workspace's verification secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<RecallAi>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<RecallAi>("Recall.ai")
    .credential(
        "workspace verification secret (`whsec_...`)",
        "the dashboard, Developers, API Keys & Secrets",
    )
    .documentation("https://docs.recall.ai/docs/authenticating-requests-from-recallai");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Recall.ai.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<RecallAi>(SECRET, &["svix", "webhook"]);
    }
}
