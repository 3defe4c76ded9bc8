//! Clerk: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `svix-signature: v1,<base64>`.
//!
//! Clerk sends through Svix. The id is signed, and stays the same when a delivery is sent again. The time may be
//! 300 s off, as in Svix' libraries. The secret is base64 behind `whsec_`.
//!
//! Source: Clerk Docs, "`verifyWebhook()`"; Svix Docs, "Verifying Webhooks Manually", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Clerk, as a type.
#[derive(Debug)]
pub enum Clerk {}

impl SchemeProvider for Clerk {
    const SCHEME: Scheme =
        standard_webhooks::svix_scheme("clerk").or(&const { standard_webhooks::scheme("clerk") });
}

impl SignsTime for Clerk {}

/// The endpoint's signing secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<Clerk>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Clerk>("Clerk")
    .credential("signing secret (`whsec_...`)", "the Clerk Dashboard, Webhooks, the endpoint")
    .documentation("https://clerk.com/docs/reference/backend/verify-webhook");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Clerk.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Clerk>(SECRET, &["svix", "webhook"]);
    }
}
