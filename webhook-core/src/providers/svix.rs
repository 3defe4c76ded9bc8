//! Svix: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `svix-signature: v1,<base64>`.
//!
//! Also with the header names `webhook-*`, which customers of Svix may choose. The id is signed, and stays the
//! same when a delivery is sent again. The time may be 300 s off, as in Svix' libraries. The secret is base64
//! behind `whsec_`. Other versions in the list of signatures, such as `v1a`, are ignored: the public-key scheme
//! is `standard_webhooks_ed25519` (feature `ed25519`).
//!
//! Source: Svix Docs, "Verifying Webhooks Manually"; svix-webhooks, `go/webhook_test.go`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Svix, as a type.
#[derive(Debug)]
pub enum Svix {}

impl SchemeProvider for Svix {
    const SCHEME: Scheme =
        standard_webhooks::svix_scheme("svix").or(&const { standard_webhooks::scheme("svix") });
}

impl SignsTime for Svix {}

/// The endpoint's signing secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<Svix>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Svix>("Svix")
    .credential(
        "signing secret (`whsec_...`)",
        "the endpoint's page in the sender's webhook portal",
    )
    .documentation("https://docs.svix.com/receiving/verifying-payloads/how");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// Svix' documentation shows the same example.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Svix>(SECRET, &["svix", "webhook"]);
    }
}
