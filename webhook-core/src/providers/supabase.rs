//! Supabase Auth Hooks: base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! Database webhooks are not signed. The id is signed. The time may be 300 s off, as in the libraries of Standard
//! Webhooks. The secret is base64 behind `v1,whsec_`. A hook's answer decides what Auth does, so it needs a handler
//! that answers at once and is not deduplicated.
//!
//! Source: Supabase Docs, "Auth Hooks" and "Send SMS Hook", 2026-11.

use crate::keys::KeyFormat;
use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Supabase Auth Hooks, as a type.
#[derive(Debug)]
pub enum Supabase {}

impl SchemeProvider for Supabase {
    const SCHEME: Scheme =
        standard_webhooks::scheme("supabase").key(KeyFormat::Base64 { prefix: "v1,whsec_" });
}

impl SignsTime for Supabase {}

/// The hook's secret, `v1,whsec_…`, which is base64.
pub type Secret = crate::Key<Supabase>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Supabase>("Supabase Auth Hooks")
    .credential("hook secret (`v1,whsec_...`)", "the dashboard, Authentication, Hooks")
    .documentation("https://supabase.com/docs/guides/auth/auth-hooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of Supabase Auth Hooks.
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<Supabase>(&format!("v1,{SECRET}"), &["webhook"]);
    }

    #[test]
    fn a_secret_without_its_version_is_refused() {
        let error = Secret::new(SECRET).unwrap_err();
        assert_eq!(error.kind(), crate::SecretErrorKind::Undecodable);
    }
}
