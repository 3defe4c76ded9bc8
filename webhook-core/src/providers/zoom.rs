//! Zoom: hex HMAC-SHA256 of `v0:{timestamp}:{body}` in `x-zm-signature: v0=<hex>`.
//!
//! The time, `x-zm-request-timestamp`, may be 300 s off; Zoom's documentation names no limit. There is no delivery
//! id. Zoom waits 3 s for a 200 or 204, and sends again after 5, 20 and 60 min.
//!
//! Zoom validates an endpoint when it is saved, and every 72 h, by a signed `endpoint.url_validation`. Its token is
//! answered with the token's HMAC under the current secret, and no handler sees it.
//!
//! No published vector: the test's signature is ours.
//!
//! Source: Zoom Developers, "Using webhooks"; zoom/webhook-sample, `index.js`, 2026-11.

use crate::answer::Answer;
use crate::handshake;
use crate::provider::{SchemeProvider, SignsTime};
use crate::providers::slack;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Zoom, as a type.
#[derive(Debug)]
pub enum Zoom {}

impl SchemeProvider for Zoom {
    const SCHEME: Scheme = slack::scheme("zoom", "x-zm-signature", "x-zm-request-timestamp")
        .prefix("v0=")
        .handshake(|verifier, delivery| {
            let json = handshake::candidate(delivery.body(), "endpoint.url_validation")?;
            let token = json.pointer("/payload/plainToken")?.as_str()?;
            let token = Answer::repeatable(token.as_bytes())?;
            (json.get("event")? == "endpoint.url_validation").then_some(())?;
            let answer = serde_json::json!({
                "plainToken": token,
                "encryptedToken": verifier.mac(token.as_bytes())?,
            });
            Some(Answer::json(answer.to_string()))
        });
}

impl SignsTime for Zoom {}

/// The app's secret token, as text.
pub type SecretToken = crate::Key<Zoom>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Zoom>("Zoom")
    .credential("secret token", "the Zoom App Marketplace, the app, Features, Access")
    .documentation("https://developers.zoom.us/docs/api/webhooks/")
    .retries_after(&[300, 1200, 3600])
    .answered_within(3)
    .handshake("a signed `endpoint.url_validation`, answered with the token's HMAC");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{answered, refused};
    use crate::{UnixTime, VerifyErrorKind};

    #[test]
    fn a_signed_validation_is_answered_with_the_tokens_mac() {
        let secret = SecretToken::new("secret").unwrap();
        let now = UnixTime::from_secs(1_700_000_000);
        let body = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680}"#;
        // Ours: Python's `hmac`, here and below.
        let signature = "v0=37af6f755d18e46d57f8c23bf6f880a67a5f74a1a0159b4d77e4eb65f1fa5b6e";
        let headers = [("x-zm-signature", signature), ("x-zm-request-timestamp", "1700000000")];
        let answer = answered(&secret, &headers, body, now).unwrap();
        assert_eq!((answer.status, answer.content_type), (200, "application/json"));
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(json["plainToken"], "qgg8vlvZRS6UYooatFL8Aw");
        assert_eq!(
            json["encryptedToken"],
            "72cef096bfd47c0b8664df30d07721641e4abd7e885ba432204260db477a9a3e"
        );
        let forged = body.replace("qgg8", "qgg9");
        assert_eq!(refused(&secret, &headers, &forged, now), VerifyErrorKind::InvalidSignature);
    }
}
