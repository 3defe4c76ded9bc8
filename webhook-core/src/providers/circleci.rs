//! CircleCI: hex HMAC-SHA256 of the body in `circleci-signature: v1=<hex>`.
//!
//! Other versions in the list, which CircleCI may add, are ignored.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The event's own `id` is in the signed body and serves to recognize repeats.
//! `circleci-event-type` is unsigned. CircleCI retries after anything but a 2xx, on a schedule it does
//! not document.
//!
//! Source: CircleCI Docs, "Outbound webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// CircleCI, as a type.
#[derive(Debug)]
pub enum CircleCi {}

impl SchemeProvider for CircleCi {
    const SCHEME: Scheme = Scheme::new("circleci", "circleci-signature")
        .fields(',', '=', "v1")
        .hints(&["circleci-event-type"])
        .body_id("id");
}

/// The webhook's secret token, as text.
pub type Secret = crate::Key<CircleCi>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<CircleCi>("CircleCI")
    .credential("secret token", "Project Settings, Webhooks")
    .documentation("https://circleci.com/docs/guides/integration/outbound-webhooks/");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = "hello world";
    /// Published: CircleCI Docs, "Outbound webhooks".
    const SIGNATURE: &str = "v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers =
            [("circleci-signature", SIGNATURE), ("circleci-event-type", "workflow-completed")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.body_id_member(), Some("id"));
        assert_eq!(delivery.unsigned_hint("circleci-event-type"), Some("workflow-completed"));
    }

    #[test]
    fn other_versions_are_ignored() {
        let beside = [("circleci-signature", format!("{SIGNATURE},v2=...,v3=..."))];
        verified(&secret(), &beside, BODY, NOW);
        let other = [("circleci-signature", SIGNATURE.replace("v1", "v2"))];
        assert_eq!(refused(&secret(), &other, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }
}
