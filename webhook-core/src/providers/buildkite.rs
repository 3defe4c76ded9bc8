//! Buildkite: hex HMAC-SHA256 of `{timestamp}.{body}` in `X-Buildkite-Signature: timestamp=<seconds>,signature=<hex>`.
//!
//! The notification service must be set to send a signature: the other setting, a token in `X-Buildkite-Token`, is
//! not read. The time may be 300 s off, which Buildkite suggests. There is no delivery id. The event's name,
//! `X-Buildkite-Event`, is an unsigned hint.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: buildkite/docs, "Webhooks", "HMAC signatures", 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::registry::Entry;
use crate::scheme::{Part, Scheme};

/// Buildkite, as a type.
#[derive(Debug)]
pub enum Buildkite {}

impl SchemeProvider for Buildkite {
    const SCHEME: Scheme = Scheme::new("buildkite", "x-buildkite-signature")
        .fields(',', '=', "signature")
        .timestamp_field("timestamp")
        .signs(&[Part::Timestamp, Part::Literal("."), Part::Body])
        .hints(&["x-buildkite-event"]);
}

impl SignsTime for Buildkite {}

/// The notification service's token, as text.
pub type Token = crate::Key<Buildkite>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Buildkite>("Buildkite")
    .credential("token", "the organization's settings, Notification Services")
    .documentation("https://buildkite.com/docs/apis/webhooks/pipelines");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn a_signature_of_ours_is_accepted() {
        // Ours: Python's `hmac` over `1700000000.` and the body.
        let headers = [(
            "X-Buildkite-Signature",
            "timestamp=1700000000,signature=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        verified(&Token::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
    }

    #[test]
    fn the_names_that_others_use_are_ignored() {
        let headers = [(
            "X-Buildkite-Signature",
            "t=1700000000,v1=f13fcf55005466f6988baefaf979824421a6cb50db7ae6b57698fb0498196e39",
        )];
        let kind = refused(&Token::new("key").unwrap(), &headers, r#"{"id":"evt_1"}"#, NOW);
        assert_eq!(kind, VerifyErrorKind::MalformedSignature);
    }
}
