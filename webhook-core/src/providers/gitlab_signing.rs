//! GitLab (signing token): base64 HMAC-SHA256 of `{id}.{timestamp}.{body}` in `webhook-signature: v1,<base64>`.
//!
//! GitLab's newer webhooks have a signing token beside the older secret token, which `gitlab`
//! reads. The id is signed, and equals the `Idempotency-Key` header. The time may be 300 s off, as in the libraries
//! of Standard Webhooks. The event's name, `X-Gitlab-Event`, is an unsigned hint. GitLab waits 10 s.
//!
//! Source: GitLab, merge requests 230944 and 231325, 2026-11.

use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::standard_webhooks;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// GitLab (signing token), as a type.
#[derive(Debug)]
pub enum GitLabSigning {}

impl SchemeProvider for GitLabSigning {
    const SCHEME: Scheme = standard_webhooks::scheme("gitlab_signing").hints(&["x-gitlab-event"]);
}

impl SignsTime for GitLabSigning {}

/// The webhook's signing token, `whsec_…`, which is base64.
pub type Secret = crate::Key<GitLabSigning>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<GitLabSigning>("GitLab (signing token)")
    .credential("signing token (`whsec_...`)", "the project's or group's settings, Webhooks")
    .documentation("https://docs.gitlab.com/user/project/integrations/webhooks/")
    .answered_within(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::standard_webhooks::tests::{SECRET, accepts_the_example};

    /// The example is the specification's: there is no published vector of GitLab (signing token).
    #[test]
    fn the_example_of_standard_webhooks_is_accepted() {
        accepts_the_example::<GitLabSigning>(SECRET, &["webhook"]);
    }
}
