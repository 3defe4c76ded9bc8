//! Pusher: hex HMAC-SHA256 of the body in `X-Pusher-Signature: <hex>`.
//!
//! For Channels. `X-Pusher-Key` names the app key whose secret signed. It is an unsigned hint and needs
//! no check: a signature that verifies under a secret was made with it, whatever the header says. Give
//! the secrets of several keys with `or_previous`, at most four.
//!
//! The signature covers only the body, neither a time nor an id: a captured request stays valid as long
//! as the secret does. The same secret signs the texts that authorize a client for a channel, which the client sees:
//! read the body as JSON, which such a text is not. The signed body has the time of sending as `time_ms`, which is not checked here.
//! Pusher waits 4 s and retries for 5 minutes.
//!
//! Source: Pusher Docs, "Webhooks"; pusher-http-node, lib/webhook.js and tests/integration/webhook.js,
//! 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Pusher, as a type.
#[derive(Debug)]
pub enum Pusher {}

impl SchemeProvider for Pusher {
    const SCHEME: Scheme = Scheme::new("pusher", "x-pusher-signature").hints(&["x-pusher-key"]);
}

/// The secret of an app key, as text.
pub type AppSecret = crate::Key<Pusher>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Pusher>("Pusher")
    .credential("app secret", "the Dashboard, the app's App Keys")
    .documentation("https://pusher.com/docs/channels/server_api/webhooks/")
    .retries("for 5 minutes, with growing delays")
    .answered_within(4);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const BODY: &str = r#"{"time_ms":1403175510755,"events":[{"channel":"test_channel","name":"channel_vacated"}]}"#;
    /// Published: pusher-http-node, tests/integration/webhook.js.
    const SIGNATURE: &str = "c17257e92037cd7de407ebc1ed174ceb7b2e518db127f44411b9ffc4f5b28cc5";
    const NOW: UnixTime = UnixTime::from_secs(0);

    fn secret() -> AppSecret {
        AppSecret::new("tofu").unwrap()
    }

    #[test]
    fn the_published_example_is_accepted() {
        let headers = [("X-Pusher-Signature", SIGNATURE), ("X-Pusher-Key", "123456789")];
        let delivery = verified(&secret(), &headers, BODY, NOW);
        assert_eq!(delivery.unsigned_hint("x-pusher-key"), Some("123456789"));
    }

    #[test]
    fn the_key_header_proves_nothing() {
        let other = AppSecret::new("nope").unwrap();
        let headers = [("X-Pusher-Key", "123456789"), ("X-Pusher-Signature", SIGNATURE)];
        assert_eq!(refused(&other, &headers, BODY, NOW), VerifyErrorKind::InvalidSignature);
        let both = other.or_previous("tofu").unwrap();
        assert_eq!(verified(&both, &headers, BODY, NOW).key_index(), 1);
    }
}
