//! VoxPria: hex HMAC-SHA256 of the body in `X-Voxpria-Signature: sha256=<hex>`.
//!
//! Nothing but the body is signed; its `timestamp` is part of it, and there is no delivery id. Several
//! events share `data.callId`. The secret is used as text, `whsec_` included. The documentation's sample
//! code signs re-serialised JSON, in Node and in Python differently; what is hashed here is the body as
//! it came, which agrees with every sender that signs what it sends.
//!
//! Source: VoxPria's documentation, "Webhooks API", 2026-11.

use crate::provider::SchemeProvider;
use crate::registry::Entry;
use crate::scheme::Scheme;

/// VoxPria, as a type.
#[derive(Debug)]
pub enum VoxPria {}

impl SchemeProvider for VoxPria {
    const SCHEME: Scheme = Scheme::new("voxpria", "x-voxpria-signature").prefix("sha256=");
}

/// The webhook's secret, `whsec_…`, as text.
pub type Secret = crate::Key<VoxPria>;

pub(super) const ENTRY: Entry = Entry::of_scheme::<VoxPria>("VoxPria")
    .credential("webhook secret (`whsec_...`)", "the response that created the webhook");

#[cfg(feature = "events")]
pub use events::{CallCompleted, Data, Event};

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
    use crate::UnixTime;
    use crate::providers::test::verified;

    const COMPLETED: &str = include_str!("testdata/voxpria-call.completed.json");
    /// Ours: Python's `hmac` over the file's bytes.
    const SIGNATURE: &str =
        "sha256=e889bac07ae7f75af787bff6779506c4f47a089578c639a3b1b26584c419669d";

    #[test]
    fn the_raw_body_is_what_is_signed() {
        let secret = Secret::new("whsec_xyz789").unwrap();
        let headers = [("X-Voxpria-Signature", SIGNATURE)];
        verified(&secret, &headers, COMPLETED, UnixTime::from_secs(1_700_000_000));
    }
}
