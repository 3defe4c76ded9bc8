//! Vercel: hex HMAC-SHA1 of the body in `x-vercel-signature: <hex>`.
//!
//! Webhooks of an account are signed with the secret that Vercel shows when they are created, those of
//! an integration with its client secret.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The delivery's own `id` is in the signed body.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Vercel Docs, "Webhooks API reference", 2026-11.

use crate::keys::Algorithm;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Vercel, as a type.
#[derive(Debug)]
pub enum Vercel {}

impl SchemeProvider for Vercel {
    const SCHEME: Scheme =
        Scheme::new("vercel", "x-vercel-signature").algorithm(Algorithm::HmacSha1).body_id("id");
}

/// The webhook's secret or the integration's client secret, as text.
pub type Secret = crate::Key<Vercel>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Vercel>("Vercel")
    .credential(
        "webhook secret or client secret",
        "the team's settings, Webhooks, shown once; or the integration's settings",
    )
    .documentation("https://vercel.com/docs/webhooks/webhooks-api#securing-webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":"uev_1","type":"deployment.created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "8fb268bdd84c21bcaf74fef74ffbe0ed9ec31e3a";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_body_identifies_the_delivery() {
        let headers = [("x-vercel-signature", SIGNATURE)];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), Some("id"));
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("x-vercel-signature", &*format!("sha1={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
