//! Render: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! The id is signed. The time may be 300 s off, as in the libraries of Standard Webhooks. The secret is base64
//! behind `whsec_`. The body holds no more than the event's type, its time and the service's id.
//!
//! Source: Render Docs, "Render Webhooks", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Render, as a type.
#[derive(Debug)]
pub enum Render {}

impl SchemeProvider for Render {
    const SCHEME: Scheme = standard_webhooks::scheme("render");
}

impl SignsTime for Render {}

/// The webhook's signing secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<Render>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Render>("Render")
    .credential("signing secret (`whsec_...`)", "the Render Dashboard, Integrations, Webhooks")
    .documentation("https://render.com/docs/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Render.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Render>(SECRET, &["webhook"]);
    }
}
