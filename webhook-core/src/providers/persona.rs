//! Persona: hex HMAC-SHA256 of `{timestamp}.{body}` in `Persona-Signature: t=<seconds>,v1=<hex>`.
//!
//! The time may be 300 s off; the documentation names no limit. There is no delivery id. While a secret is being
//! rotated the header has two such sets, with a space between them, of which the last is read: give both secrets, the
//! second by `or_previous`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Persona Docs, "Webhook Best Practices", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Persona, as a type.
#[derive(Debug)]
pub enum Persona {}

impl SchemeProvider for Persona {
    const SCHEME: Scheme = stripe::scheme("persona", "persona-signature");
}

impl SignsTime for Persona {}

/// The webhook's secret, as text.
pub type Secret = crate::Key<Persona>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Persona>("Persona")
    .credential("webhook secret", "the Dashboard, Webhooks, the webhook")
    .documentation("https://docs.withpersona.com/webhooks-best-practices");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UnixTime;
    use crate::providers::test::verified;

    #[test]
    fn the_last_of_two_sets_is_read() {
        // Ours: Python's `hmac` over `1700000000.` and the body.
        let one =
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39";
        let other = format!("t=1700000000,v1={}", "0".repeat(64));
        let verify = |value: &str| {
            let headers = [("Persona-Signature", value)];
            let secret = Secret::new("other").unwrap().or_previous("key").unwrap();
            verified(&secret, &headers, r#"{"id":"evt_1"}"#, UnixTime::from_secs(1_700_000_000));
        };
        verify(one);
        verify(&format!("{other} {one}"));
    }
}
