//! Resend: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `svix-signature: v1,<base64>`.
//!
//! Resend sends through Svix. The id is signed, and stays the same when a delivery is sent again. The time may be
//! 300 s off, as in Svix' libraries. The secret is base64 behind `whsec_`.
//!
//! Source: Resend Docs, "Verify Webhooks Requests"; Svix Docs, "Verifying Webhooks Manually", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Resend, as a type.
#[derive(Debug)]
pub enum Resend {}

impl SchemeProvider for Resend {
    const SCHEME: Scheme =
        standard_webhooks::svix_scheme("resend").or(&const { standard_webhooks::scheme("resend") });
}

impl SignsTime for Resend {}

/// The webhook's signing secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<Resend>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Resend>("Resend")
    .credential("signing secret (`whsec_...`)", "the dashboard, Webhooks, the webhook's details")
    .documentation("https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Resend.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Resend>(SECRET, &["svix", "webhook"]);
    }
}
