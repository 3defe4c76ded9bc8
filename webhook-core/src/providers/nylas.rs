//! Nylas: hex HMAC-SHA256 of the body in `X-Nylas-Signature: <hex>`.
//!
//! For Nylas v3. Compressed notifications are signed as they are sent: verify before anything
//! decompresses them. The secret of a webhook can be rotated with the API.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does.
//!
//! Before a webhook becomes active, Nylas sends `GET ?challenge=<text>`, unsigned, and expects the text
//! back within 10 s. The verifier repeats it if it is short and visible ASCII.
//!
//! In axum use `layer`, not `route_layer`: the handshake is a GET. In actix-web wrap the middleware, or give the
//! extractor's handler a `web::route()`.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Nylas Docs, "Verify webhook signatures" and "Notifications", 2026-11.

use crate::provider::SchemeProvider;
use crate::providers::dropbox;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Nylas, as a type.
#[derive(Debug)]
pub enum Nylas {}

impl SchemeProvider for Nylas {
    const SCHEME: Scheme = Scheme::new("nylas", "x-nylas-signature").challenge(dropbox::challenge);
}

/// The webhook destination's secret, as text.
pub type Secret = crate::Key<Nylas>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Nylas>("Nylas")
    .credential(
        "webhook secret",
        "the answer to the API call that creates the webhook, or the Dashboard",
    )
    .documentation("https://developer.nylas.com/docs/v3/notifications/")
    .handshake("an unsigned GET with a challenge");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{NONE, challenged, refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"type":"message.created"}"#;
    /// Ours: Python's `hmac`.
    const SIGNATURE: &str = "7d96b83924bd73b216f90457cdd1902d49964299524d1b2fddf23229135a4074";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> Secret {
        Secret::new("secret").unwrap()
    }

    #[test]
    fn a_signed_body_is_accepted() {
        let headers = [("X-Nylas-Signature", SIGNATURE)];
        verified(&secret(), &headers, BODY, NOW);
    }

    #[test]
    fn a_prefix_is_refused() {
        let headers = [("X-Nylas-Signature", &*format!("sha256={SIGNATURE}"))];
        assert_eq!(refused(&secret(), &headers, BODY, NOW), VerifyErrorKind::MalformedSignature);
    }

    #[test]
    fn a_challenge_is_repeated() {
        let answer = challenged(&secret(), "GET", "/hook?challenge=bc609b38", &NONE).unwrap();
        assert_eq!((answer.status, &*answer.body), (200, "bc609b38"));
        assert_eq!(challenged(&secret(), "GET", "/hook", &NONE), None);
    }
}
