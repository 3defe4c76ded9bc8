//! Dropbox: hex HMAC-SHA256 of the body in `X-Dropbox-Signature: <hex>`.
//!
//! The key is the app secret. A notification tells whose files changed, not which.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! Before Dropbox uses a URL, it sends `GET ?challenge=<text>`, unsigned. The verifier repeats the text
//! as `text/plain` with `X-Content-Type-Options: nosniff`, as Dropbox asks, if it is short and visible
//! ASCII.
//!
//! In axum use `layer`, not `route_layer`: the handshake is a GET. In actix-web wrap the middleware, or give the
//! extractor's handler a `web::route()`.
//!
//! Source: Dropbox Developers, "Webhooks", 2026-11.

use crate::answer::Answer;
use crate::form;
use crate::headers::Head;
use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Dropbox, as a type.
#[derive(Debug)]
pub enum Dropbox {}

impl SchemeProvider for Dropbox {
    const SCHEME: Scheme = Scheme::new("dropbox", "x-dropbox-signature").challenge(challenge);
}

/// The app's secret, as text.
pub type AppSecret = crate::Key<Dropbox>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Dropbox>("Dropbox")
    .credential("app secret", "the App Console, the app's settings")
    .documentation("https://www.dropbox.com/developers/reference/webhooks")
    .handshake("an unsigned GET with a challenge");

/// The request that tries a URL out: its challenge is repeated.
pub(super) fn challenge(head: &Head<'_>) -> Option<Answer> {
    if head.method() != "GET" {
        return None;
    }
    let query = form::query(head.target())?;
    Answer::echo(form::single(&query, "challenge")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{NONE, challenged, refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"delta": {"users": [12345]}}"#;
    /// Third party: hapi-dropbox-webhooks 1.1.0, test/index.js.
    const SIGNATURE: &str = "0a8c16b085420b960dc78664279fe09e936a2a01b1f91064869d9e77dfd64529";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> AppSecret {
        AppSecret::new("the_secret").unwrap()
    }

    #[test]
    fn a_notification_is_accepted() {
        let headers = [("X-Dropbox-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Dropbox-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }

    #[test]
    fn a_challenge_is_repeated_as_plain_text() {
        let get = |target| challenged(&secret(), "GET", target, &NONE);
        let answer = get("/hook?challenge=abc-1%2B2").unwrap();
        assert_eq!((answer.status, &*answer.body), (200, "abc-1+2"));
        assert_eq!(answer.content_type, "text/plain");
        assert_eq!(answer.headers, [("x-content-type-options", "nosniff".to_owned())]);
        for target in
            ["/hook", "/hook?challenge=", "/?challenge=a&challenge=b", "/?challenge=%3Cb%3E+a"]
        {
            assert_eq!(get(target), None, "{target}");
        }
        assert_eq!(challenged(&secret(), "POST", "/?challenge=a", &NONE), None);
    }
}
