//! Stripe: hex HMAC-SHA256 of `{timestamp}.{body}` in `Stripe-Signature: t=<seconds>,v1=<hex>`.
//!
//! Any of several `v1` may match; other versions, `v0` among them, are ignored. The secret is used as
//! text, `whsec_` included. There is no delivery id; the event's own `id` is in the signed body, and
//! every retry carries it, under a new time. Stripe sends again for up to three days.
//!
//! Source: Stripe Docs, "Resolve webhook signature verification errors"; stripe-node, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Stripe, as a type.
#[derive(Debug)]
pub enum Stripe {}

/// The scheme of those who sign as Stripe does.
pub(super) const fn scheme(name: &'static str, header: &'static str) -> Scheme {
    Scheme::new(name, header).fields(',', '=', "v1").timestamp_field("t").signs(&[
        Part::Timestamp,
        Part::Literal("."),
        Part::Body,
    ])
}

impl SchemeProvider for Stripe {
    const SCHEME: Scheme = scheme("stripe", "stripe-signature").body_id("id");
}

impl SignsTime for Stripe {}

/// The endpoint's signing secret, `whsec_…`, as text.
pub type Secret = crate::Key<Stripe>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Stripe>("Stripe")
    .credential(
        "endpoint secret (`whsec_...`)",
        "the Dashboard, Webhooks, the endpoint's signing secret",
    )
    .documentation("https://docs.stripe.com/webhooks")
    .retries("for up to 3 days");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"id":"evt_test_webhook","object":"event"}"#;
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
    /// Ours: Python's `hmac` over `1700000000.` and the body.
    const V1: &str = "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990";

    fn secret() -> Secret {
        Secret::new("whsec_test_secret").unwrap()
    }

    #[test]
    fn any_v1_may_match_and_other_versions_are_ignored() {
        let zeros = "0".repeat(64);
        for value in [
            format!("t=1700000000,v1={V1}"),
            format!("t=1700000000,v1={zeros},v1={V1},v0={zeros}"),
            format!("v0=,v1={V1},t=1700000000"),
        ] {
            let delivery = verified(&secret(), &[("stripe-signature", &*value)], BODY, NOW);
            assert_eq!(delivery.signed_at(), Some(NOW));
            assert_eq!(delivery.id(), None);
            assert_eq!(delivery.body_id_member(), Some("id"));
        }
    }

    #[test]
    fn what_is_not_a_v1_is_no_signature() {
        for (value, kind) in [
            (format!("t=1700000000,v0={V1}"), VerifyErrorKind::MalformedSignature),
            (format!("t=1700000000,V1={V1}"), VerifyErrorKind::MalformedSignature),
            (V1.to_owned(), VerifyErrorKind::MalformedSignature),
            (format!("v1={V1}"), VerifyErrorKind::InvalidTimestamp),
            (format!("t=1700000000,t=1700000000,v1={V1}"), VerifyErrorKind::InvalidTimestamp),
            (format!("t=1700000001,v1={V1}"), VerifyErrorKind::InvalidSignature),
        ] {
            let headers = [("stripe-signature", &*value)];
            assert_eq!(refused(&secret(), &headers, BODY, NOW), kind, "{value}");
        }
    }
}
