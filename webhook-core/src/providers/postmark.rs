//! Postmark: HTTP basic authentication, `Basic base64(username:password)` in `Authorization`, and no signature.
//!
//! The header holds the credentials themselves. They prove who sent the request, and nothing about the
//! body: anyone who reads one request can send any other, so accept it over TLS only.
//!
//! The user chooses both and gives them to Postmark in the webhook's URL,
//! `https://<username>:<password>@example.com/hook`, or in `HttpAuth` of its API. The key is the text
//! `username:password`. No header or member is documented to be the same in every retry, so a delivery has no id.
//!
//! No published vector: the test's header is the example of RFC 7617, section 2.
//!
//! Source: Postmark, "Webhooks overview", 2026-11.

use crate::keys::Encoding;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Postmark, as a type.
#[derive(Debug)]
pub enum Postmark {}

impl SchemeProvider for Postmark {
    const SCHEME: Scheme =
        Scheme::token("postmark", "authorization").prefix("Basic ").encoding(Encoding::Base64);
}

/// The webhook's user name and password, as `username:password`.
pub type BasicAuth = crate::Key<Postmark>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Postmark>("Postmark")
    .credential("basic auth (`username:password`)", "your own choice, in the webhook's URL")
    .documentation("https://postmarkapp.com/developer/webhooks/webhooks-overview");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = "{}";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn credentials() -> BasicAuth {
        BasicAuth::new("Aladdin:open sesame").unwrap()
    }

    #[test]
    fn the_example_of_rfc_7617_is_accepted_and_covers_no_body() {
        let headers = [("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")];
        assert!(!verified(&credentials(), &headers, BODY, NOW).covers_body());
    }

    #[test]
    fn another_password_is_refused() {
        let headers = [("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZXM=")];
        assert_eq!(refused(&credentials(), &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
    }
}
