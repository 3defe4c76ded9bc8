use std::fmt;
use std::time::Duration;

use webhook_core::Delivery;
use webhook_core::adapter::digest;

/// A name under which a delivery is known again. A digest: stores never see an id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    fn new(parts: &[&[u8]]) -> Self {
        Self(digest(parts))
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// In lower-case hex.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// All keys of one delivery, and how long they are kept once it is committed.
///
/// - Each [fingerprint](Delivery::fingerprints): the same signed message again, whatever its headers say.
/// - Its id, if it has one: as it is if it is signed, else together with the body, so that nobody can
///   use up the id of a delivery to come.
///
/// All are digests, of the endpoint's and the provider's name among others: endpoints do not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    namespace: Key,
    id: Option<Key>,
    fingerprints: Vec<Key>,
    retention: Duration,
    fingerprint_retention: Duration,
}

/// On top of the time for which a signature is valid, for clocks that differ between machines.
const SLACK: Duration = Duration::from_secs(60);

impl Keys {
    /// The keys of a delivery to this endpoint. `None` if it has neither an id nor a fingerprint: then
    /// it cannot be told from another.
    ///
    /// Fingerprints are kept for `retention` too, unless the time is signed: then only for as long as the
    /// signature is valid.
    pub fn of(endpoint: &str, delivery: &Delivery, retention: Duration) -> Option<Self> {
        let space = Space { endpoint, provider: delivery.provider() };
        let id = delivery.id().map(|id| {
            if delivery.id_is_signed() {
                space.signed_id(id)
            } else {
                space.unsigned_id(id, delivery.body())
            }
        });
        let fingerprints: Vec<_> = delivery
            .fingerprints()
            .map(|fingerprint| space.key(&[b"fingerprint", fingerprint.as_ref()]))
            .collect();
        if id.is_none() && fingerprints.is_empty() {
            return None;
        }
        let valid = delivery.tolerance().map(|tolerance| {
            let both_ways = tolerance.saturating_mul(2);
            both_ways.saturating_add(SLACK)
        });
        Some(Self {
            namespace: space.key(&[]),
            id,
            fingerprints,
            retention,
            fingerprint_retention: valid.unwrap_or(retention),
        })
    }

    /// One key that the user has chosen, such as an id in the signed body.
    pub fn chosen(endpoint: &str, provider: &str, key: &str, retention: Duration) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(space, space.key(&[b"chosen", key.as_bytes()]), retention)
    }

    /// The key of a signed id, to [forget](crate::ClaimStore::forget) it by.
    pub fn of_signed_id(endpoint: &str, provider: &str, id: &str) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(space, space.signed_id(id), Duration::ZERO)
    }

    /// The key of an unsigned id with its body, to [forget](crate::ClaimStore::forget) it by.
    pub fn of_unsigned_id(endpoint: &str, provider: &str, id: &str, body: &[u8]) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(space, space.unsigned_id(id, body), Duration::ZERO)
    }

    fn of_id(space: Space<'_>, id: Key, retention: Duration) -> Self {
        Self {
            namespace: space.key(&[]),
            id: Some(id),
            fingerprints: Vec::new(),
            retention,
            fingerprint_retention: retention,
        }
    }

    /// What all keys of this endpoint and provider share. A store that is spread over machines keeps
    /// them together by it.
    pub const fn namespace(&self) -> Key {
        self.namespace
    }

    /// The key of the delivery's id.
    pub const fn id(&self) -> Option<Key> {
        self.id
    }

    /// The keys of its fingerprints.
    pub fn fingerprints(&self) -> &[Key] {
        &self.fingerprints
    }

    /// How long the claim and the id are kept once the claim is committed.
    pub const fn retention(&self) -> Duration {
        self.retention
    }

    /// How long the fingerprints are kept.
    pub const fn fingerprint_retention(&self) -> Duration {
        self.fingerprint_retention
    }

    /// Every key with how long it is kept.
    pub fn all(&self) -> impl Iterator<Item = (Key, Duration)> + Clone + '_ {
        let fingerprints = self.fingerprints.iter();
        let fingerprints = fingerprints.map(|key| (*key, self.fingerprint_retention));
        self.id.map(|id| (id, self.retention)).into_iter().chain(fingerprints)
    }

    /// How long the claim itself is kept: as long as the last of its keys.
    pub fn longest_retention(&self) -> Duration {
        self.all().map(|(_, retention)| retention).max().unwrap_or_default()
    }
}

#[derive(Clone, Copy)]
struct Space<'a> {
    endpoint: &'a str,
    provider: &'a str,
}

impl Space<'_> {
    fn key(self, parts: &[&[u8]]) -> Key {
        let space: &[&[u8]] =
            &[b"webhook claim", self.endpoint.as_bytes(), self.provider.as_bytes()];
        Key::new(&[space, parts].concat())
    }

    fn signed_id(self, id: &str) -> Key {
        self.key(&[b"signed id", id.as_bytes()])
    }

    fn unsigned_id(self, id: &str, body: &[u8]) -> Key {
        self.key(&[b"unsigned id", id.as_bytes(), &digest(&[body])])
    }
}
