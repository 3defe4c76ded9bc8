//! Brex: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! Also with Svix' header names. The id is signed. The time may be 300 s off, as in the libraries of Standard
//! Webhooks. The secret is base64, with or without `whsec_` before it. The API lists several while one is being
//! replaced.
//!
//! Source: Brex Developer, "Webhooks"; an example of trigger.dev that verifies them, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Brex, as a type.
#[derive(Debug)]
pub enum Brex {}

impl SchemeProvider for Brex {
    const SCHEME: Scheme =
        standard_webhooks::scheme("brex").or(&const { standard_webhooks::svix_scheme("brex") });
}

impl SignsTime for Brex {}

/// The webhook secret, which is base64.
pub type Secret = crate::Key<Brex>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Brex>("Brex")
    .credential("webhook secret", "the API, `GET /v1/webhooks/secrets`")
    .documentation("https://developer.brex.com/docs/webhooks/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Brex.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Brex>(SECRET, &["svix", "webhook"]);
    }
}
