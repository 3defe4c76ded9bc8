//! WorkOS: hex HMAC-SHA256 of `{timestamp}.{body}` in `WorkOS-Signature: t=<milliseconds>, v1=<hex>`.
//!
//! A space follows the comma. The time may be 180 s off, as in WorkOS' libraries. There is no delivery id; the
//! event's own `id` is in the signed body. Some versions of WorkOS' Node library sign JSON that they write anew; what
//! is hashed here is the body as it came.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: WorkOS Docs, "Sync data with webhooks"; workos-node, `src/common/crypto/signature-provider.ts`, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::stripe;
use crate::registry::Entry;
use crate::scheme::Scheme;
use crate::timestamp::TimestampUnit;

/// WorkOS, as a type.
#[derive(Debug)]
pub enum WorkOs {}

impl SchemeProvider for WorkOs {
    const SCHEME: Scheme = stripe::scheme("workos", "workos-signature")
        .unit(TimestampUnit::Milliseconds)
        .tolerance_secs(180)
        .body_id("id");
}

impl SignsTime for WorkOs {}

/// The endpoint's signing secret, as text.
pub type Secret = crate::Key<WorkOs>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<WorkOs>("WorkOS")
    .credential("signing secret", "the dashboard, Webhooks, the endpoint")
    .documentation("https://workos.com/docs/events/data-syncing/webhooks");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `1700000000000.` and the body.
        let headers = [(
            "WorkOS-Signature",
            "t=1700000000000, v1=e16286950df29b48698ddcaaecc16488bc858ce6a0a0acb267ab44f066250b84",
        )];
        let delivery = verified(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(delivery.signed_at(), Some(NOW));
    }

    #[test]
    fn seconds_are_not_milliseconds() {
        let headers = [(
            "WorkOS-Signature",
            "t=1700000000, v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&Secret::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::TimestampOutsideTolerance);
    }
}
