//! Svara: hex HMAC-SHA256 of the body in `X-Svara-Signature: <hex>`.
//!
//! Nothing but the body is signed; its `timestamp` is part of it, and there is no delivery id. Several
//! events share `data.id`, the voice note's. Svara waits 10 s for a 200 and sends again up to five times,
//! after 1 s, 5 s, 30 s, 2 min and 10 min.
//!
//! Source: Svara's documentation, "Webhooks", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// Svara, as a type.
#[derive(Debug)]
pub enum Svara {}

impl SchemeProvider for Svara {
    const SCHEME: Scheme = Scheme::new("svara", "x-svara-signature");
}

/// The webhook secret of the dashboard, as text.
pub type Secret = crate::Key<Svara>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<Svara>("Svara")
    .credential("webhook secret", "the dashboard, Settings, Webhooks")
    .retries_after(&[1, 5, 30, 120, 600])
    .answered_within(10);

#[cfg(feature = "events")]
pub use events::{Data, Event, Failure, VoiceNoteDelivered, VoiceNoteFailed, VoiceNoteSent};

/// When the event happened, by its signed body. To refuse deliveries that are too old.
#[cfg(feature = "events")]
pub fn body_time(delivery: &crate::Delivery) -> Option<crate::UnixTime> {
    crate::event::timestamp(delivery)
}

#[cfg(feature = "events")]
mod events;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::{refused, verified};
    use crate::{UnixTime, VerifyErrorKind};

    const SENT: &str = include_str!("testdata/svara-voice_note.sent.json");
    /// Ours: the signature that the Python handler in Svara's documentation computes.
    const SIGNATURE: &str = "d1d0d53836f70f2aa37bfbbf4337761b1b32da92f4cf46873c423e7e66662321";
    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn the_documents_signature_is_accepted() {
        let secret = Secret::new("your_webhook_secret").unwrap();
        let delivery = verified(&secret, &[("X-Svara-Signature", SIGNATURE)], SENT, NOW);
        assert_eq!(delivery.id(), None);
        assert_eq!(delivery.signed_at(), None);
    }

    #[test]
    fn the_prefix_that_others_use_is_refused() {
        let secret = Secret::new("your_webhook_secret").unwrap();
        let value = format!("sha256={SIGNATURE}");
        assert_eq!(
            refused(&secret, &[("X-Svara-Signature", &*value)], SENT, NOW),
            VerifyErrorKind::MalformedSignature
        );
    }
}
