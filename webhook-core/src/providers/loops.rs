//! Loops: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! The id is signed. The time may be 300 s off, as in the libraries of Standard Webhooks. The secret is base64
//! behind `whsec_`. Loops sends at most 10 events a second.
//!
//! Source: Loops Docs, "Webhooks", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Loops, as a type.
#[derive(Debug)]
pub enum Loops {}

impl SchemeProvider for Loops {
    const SCHEME: Scheme = standard_webhooks::scheme("loops");
}

impl SignsTime for Loops {}

/// The signing secret, `whsec_…`, which is base64.
pub type Secret = crate::Key<Loops>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Loops>("Loops")
    .credential("signing secret (`whsec_...`)", "Settings, Webhooks")
    .documentation("https://loops.so/docs/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Loops.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Loops>(SECRET, &["webhook"]);
    }
}
