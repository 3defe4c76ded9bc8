//! GitLab (secret token): the token itself in `X-Gitlab-Token`.
//!
//! The header holds the token itself. It proves who sent the request, and nothing about the body:
//! anyone who reads one request can send any other, so accept it over TLS only. GitLab's newer signing
//! token signs by [`standard_webhooks`](super::standard_webhooks): prefer it.
//!
//! `Idempotency-Key` is the same in every retry. It, `X-Gitlab-Event` and the other headers are as
//! trustworthy as the body. GitLab waits 10 s and disables webhooks that keep failing.
//!
//! Source: GitLab Docs, "Webhooks"; GitLab merge request 160952, 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// GitLab (secret token), as a type.
#[derive(Debug)]
pub enum GitLabToken {}

impl SchemeProvider for GitLabToken {
    const SCHEME: Scheme = Scheme::token("gitlab_token", "x-gitlab-token")
        .delivery_id("idempotency-key")
        .hints(&["x-gitlab-event", "x-gitlab-instance", "x-gitlab-webhook-uuid"]);
}

/// The webhook's secret token.
pub type Token = crate::Key<GitLabToken>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<GitLabToken>("GitLab (secret token)")
    .credential("secret token", "the project's or group's settings, Webhooks")
    .documentation("https://docs.gitlab.com/user/project/integrations/webhooks/")
    .answered_within(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = "{}";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn token() -> Token {
        Token::new("sampleToken!").unwrap()
    }

    #[test]
    fn the_body_is_not_covered() {
        let headers = [
            ("X-Gitlab-Token", "sampleToken!"),
            ("Idempotency-Key", "f5e5"),
            ("X-Gitlab-Event", "Push Hook"),
        ];
        let delivery = verified(&token(), &headers, BODY, NOW);
        assert!(!delivery.covers_body());
        assert_eq!(delivery.id(), Some("f5e5"));
        assert_eq!(delivery.unsigned_hint("x-gitlab-event"), Some("Push Hook"));
    }

    #[test]
    fn another_token_is_refused() {
        let headers = [("X-Gitlab-Token", "badsampleToken!!")];
        assert_eq!(refused(&token(), &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
