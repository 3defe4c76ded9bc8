//! Deliveries to claim, as two kinds of providers send them.

use std::time::Duration;

use bytes::Bytes;
use webhook_core::providers::{svara, voisnap};
use webhook_core::{Head, Key, SchemeProvider, UnixTime, Verify as _};
use webhook_idempotency::Keys;

use crate::requests::SECRET;

/// What a delivery is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An unsigned id, a fingerprint and the body, as of Voisnap.
    IdAndFingerprint,
    /// A fingerprint, as of Svara.
    Fingerprint,
}

const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
const SIGNED_AT: UnixTime = UnixTime::from_secs(1_700_000_000);

impl Kind {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::IdAndFingerprint, Self::Fingerprint];

    /// How it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdAndFingerprint => "id+fingerprint+body",
            Self::Fingerprint => "fingerprint",
        }
    }

    /// How many keys a delivery has.
    pub const fn keys_each(self) -> u64 {
        match self {
            Self::IdAndFingerprint => 3,
            Self::Fingerprint => 1,
        }
    }

    /// The keys of a delivery with this number.
    pub fn keys(self, number: u64) -> Keys {
        match self {
            Self::IdAndFingerprint => keys(&voisnap::Secret::new(SECRET).unwrap(), number),
            Self::Fingerprint => keys(&svara::Secret::new(SECRET).unwrap(), number),
        }
    }
}

fn keys<P: SchemeProvider>(secret: &Key<P>, number: u64) -> Keys {
    let body = Bytes::from(format!(r#"{{"data":{{"id":"{number}"}}}}"#));
    let headers = secret.sign(&body, SIGNED_AT, Some(&format!("dlv_{number}"))).unwrap();
    let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, SIGNED_AT).unwrap();
    Keys::of("endpoint", &delivery, RETENTION).unwrap()
}
