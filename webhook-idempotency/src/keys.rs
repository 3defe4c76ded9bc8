use std::fmt;
use std::time::Duration;

use webhook_core::Delivery;
use webhook_core::adapter::digest;

use crate::member;

/// A digest that identifies repeats of a delivery. Stores never see an id or a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    fn new(parts: &[&[u8]]) -> Self {
        Self(digest("webhook claim v1", parts))
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Lower-case hex.
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

/// A digest of the [unsigned hints](Delivery::unsigned_hints) of a delivery; all zeros if it has none.
///
/// A claim keeps the note of the claimed delivery. If a duplicate has a different note, somebody changed the unsigned
/// headers of one of the two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Note([u8; 16]);

impl Note {
    pub(crate) const NONE: Self = Self([0; 16]);

    /// Returns the note of a delivery.
    pub fn of(delivery: &Delivery) -> Self {
        let hints = delivery.unsigned_hints();
        let hints: Vec<&[u8]> =
            hints.flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
        let mut note = Self::NONE;
        if !hints.is_empty() {
            let digest = digest("webhook hints v1", &hints);
            note.0.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
        }
        note
    }

    /// Reads a note from the bytes that a store kept. Returns `None` unless there are 16.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl AsRef<[u8]> for Note {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// All keys of one delivery, and how long each is kept.
///
/// | key | deliveries that have it | kept for |
/// |---|---|---|
/// | the id, together with the body unless the id is signed | with an id | the retention |
/// | the [member](Delivery::body_id_member) of the body that identifies the delivery | of providers with such a member |
/// the retention |
/// | each [fingerprint](Delivery::fingerprints), which identifies the signed message | with a signed body | the validity
/// of the signature |
/// | the body | with a signed body and time, but without a signed id or such a member | the validity of the signature |
///
/// A signature is valid for twice the tolerance, plus a minute for clocks that differ. If no time is signed, it is valid
/// forever, and its key is kept for the retention.
///
/// An unsigned id is combined with the body, so that attackers cannot claim a future delivery's id. All keys are digests
/// that include the names of the endpoint and the provider, so deliveries to different endpoints never share a key. All
/// keys are distinct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    namespace: Key,
    id: Option<Key>,
    id_is_signed: bool,
    member: Option<Key>,
    fingerprints: Vec<Key>,
    body: Option<Key>,
    retention: Duration,
    signature_retention: Duration,
    note: Note,
}

/// Added to the validity of a signature, because the clocks of machines differ.
const SLACK: Duration = Duration::from_secs(60);

impl Keys {
    /// Returns the keys of a delivery to this endpoint, or `None` if nothing distinguishes it from others.
    pub fn of(endpoint: &str, delivery: &Delivery, retention: Duration) -> Option<Self> {
        let space = Space { endpoint, provider: delivery.provider() };
        let (covers_body, id_is_signed) = (delivery.covers_body(), delivery.id_is_signed());
        let member = delivery.body_id_member().filter(|_| covers_body);
        let member = member.and_then(|member| member::read(delivery.body(), member));
        let member = member.map(|id| space.body_id(&id));
        let has_body_key =
            covers_body && delivery.signed_at().is_some() && !id_is_signed && member.is_none();
        let has_unsigned_id = delivery.id().is_some() && !id_is_signed;
        // The body is hashed once for both keys.
        let body = (has_body_key || has_unsigned_id)
            .then(|| digest("webhook body v1", &[delivery.body()]));
        let id = delivery.id().map(|id| match &body {
            Some(body) if !id_is_signed => space.unsigned_id(id, body),
            _ => space.signed_id(id),
        });
        let mut fingerprints: Vec<Key> = Vec::new();
        for fingerprint in delivery.fingerprints() {
            let key = space.key(&[b"fingerprint", fingerprint.as_ref()]);
            // The same secret may be given twice.
            if !fingerprints.contains(&key) {
                fingerprints.push(key);
            }
        }
        if id.is_none() && fingerprints.is_empty() {
            return None;
        }
        let valid = delivery.tolerance();
        let valid = valid.map(|tolerance| tolerance.saturating_mul(2).saturating_add(SLACK));
        Some(Self {
            namespace: space.key(&[]),
            id,
            id_is_signed,
            member,
            fingerprints,
            body: body.filter(|_| has_body_key).map(|body| space.key(&[b"body", &body])),
            retention,
            signature_retention: valid.unwrap_or(retention),
            note: Note::of(delivery),
        })
    }

    /// Creates a single key from a text that the user chose, such as an id in the signed body.
    pub fn chosen(endpoint: &str, provider: &str, key: &str, retention: Duration) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(space, space.key(&[b"chosen", key.as_bytes()]), retention)
    }

    /// Returns the key of a signed id, to [forget](crate::ClaimStore::forget) its claim.
    pub fn of_signed_id(endpoint: &str, provider: &str, id: &str) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(space, space.signed_id(id), Duration::ZERO)
    }

    /// Returns the key of an unsigned id with its body, to [forget](crate::ClaimStore::forget) its claim.
    pub fn of_unsigned_id(endpoint: &str, provider: &str, id: &str, body: &[u8]) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(
            space,
            space.unsigned_id(id, &digest("webhook body v1", &[body])),
            Duration::ZERO,
        )
    }

    /// Returns the key of the [member](Delivery::body_id_member) that identifies a delivery, such as the `id` of an
    /// event, to [forget](crate::ClaimStore::forget) its claim.
    pub fn of_body_id(endpoint: &str, provider: &str, id: &str) -> Self {
        let space = Space { endpoint, provider };
        Self::of_id(space, space.body_id(id), Duration::ZERO)
    }

    fn of_id(space: Space<'_>, id: Key, retention: Duration) -> Self {
        Self {
            namespace: space.key(&[]),
            id: Some(id),
            id_is_signed: true,
            member: None,
            fingerprints: Vec::new(),
            body: None,
            retention,
            signature_retention: retention,
            note: Note::NONE,
        }
    }

    /// Removes the key of the body, so that deliveries with equal bodies are different deliveries.
    #[must_use]
    pub const fn without_body(mut self) -> Self {
        self.body = None;
        self
    }

    /// Sets the note, which the claim keeps.
    #[must_use]
    pub const fn with_note(mut self, note: Note) -> Self {
        self.note = note;
        self
    }

    /// Returns the digest that all keys of this endpoint and provider share. A distributed store uses it to keep them on
    /// one machine.
    pub const fn namespace(&self) -> Key {
        self.namespace
    }

    /// Returns the key of the delivery's id.
    pub const fn id(&self) -> Option<Key> {
        self.id
    }

    /// Returns the key of the delivery's id, if the id is not signed. A claim accepts at most
    /// [`MAX_IDS`](crate::MAX_IDS) of them.
    pub fn unsigned_id(&self) -> Option<Key> {
        self.id.filter(|_| !self.id_is_signed)
    }

    /// Returns the keys of the fingerprints.
    pub fn fingerprints(&self) -> &[Key] {
        &self.fingerprints
    }

    /// Returns the key of the body.
    pub const fn body(&self) -> Option<Key> {
        self.body
    }

    /// Returns the note, which the claim keeps.
    pub const fn note(&self) -> Note {
        self.note
    }

    /// Returns every key with the time for which it is kept: the id, the member, the fingerprints, the body.
    pub fn all(&self) -> impl Iterator<Item = (Key, Duration)> + Clone + '_ {
        let named = self.id.into_iter().chain(self.member);
        let signed = self.fingerprints.iter().copied().chain(self.body);
        let named = named.map(|key| (key, self.retention));
        named.chain(signed.map(|key| (key, self.signature_retention)))
    }

    /// Returns how long the key of the body is kept after its claim has refused an id.
    pub fn body_retention(&self) -> Duration {
        self.retention.max(self.signature_retention)
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

    fn unsigned_id(self, id: &str, body_digest: &[u8; 32]) -> Key {
        self.key(&[b"unsigned id", id.as_bytes(), body_digest])
    }

    fn body_id(self, id: &str) -> Key {
        self.key(&[b"body id", id.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use webhook_core::providers::{stripe, svara, voisnap};
    use webhook_core::{
        Bytes, CloudEvent, Delivery, Head, Key as Secret, SchemeProvider, UnixTime, Verify as _,
    };

    use super::Keys;

    const RETENTION: Duration = Duration::from_secs(1000);

    fn verified<P: SchemeProvider>(
        secret: &Secret<P>,
        id: Option<&str>,
        body: &'static str,
    ) -> Delivery {
        let (now, body) = (UnixTime::from_secs(1_700_000_000), Bytes::from_static(body.as_bytes()));
        let headers = secret.sign(&body, now, id).unwrap();
        secret.verify(&Head::new("POST", "/", &headers), &body, now).unwrap()
    }

    fn keys(delivery: &Delivery) -> Vec<u64> {
        let keys = Keys::of("endpoint", delivery, RETENTION).unwrap();
        keys.all().map(|(_, retention)| retention.as_secs()).collect()
    }

    #[test]
    fn each_key_is_kept_for_as_long_as_it_is_needed() {
        let voisnap = voisnap::Secret::new("secret").unwrap();
        // The keys of the id, the fingerprint and the body. The signature is valid for twice 300 s and a minute.
        assert_eq!(keys(&verified(&voisnap, Some("dlv_1"), "{}")), [1000, 660, 660]);
        assert_eq!(keys(&verified(&voisnap, None, "{}")), [660, 660]);
        let stripe = stripe::Secret::new("secret").unwrap();
        assert_eq!(keys(&verified(&stripe, None, r#"{"id":"evt_1"}"#)), [1000, 660]);
        assert_eq!(keys(&verified(&stripe, None, "{}")), [660, 660], "without an id, the body");
        let svara = svara::Secret::new("secret").unwrap();
        assert_eq!(keys(&verified(&svara, None, "{}")), [1000]);
        let longest = voisnap.with_tolerance(Duration::MAX);
        assert_eq!(keys(&verified(&longest, None, "{}")), [Duration::MAX.as_secs(); 2]);
    }

    #[test]
    fn all_keys_are_distinct() {
        use webhook_core::providers::svara::Svara;

        let delivery = verified(&svara::Secret::new("secret").unwrap(), None, "{}");
        let fingerprint = delivery.fingerprints().next().unwrap().to_string();
        let record = CloudEvent::new(&delivery, "/", "event", UnixTime::from_secs(0)).to_json();
        let twice = record.replace(&fingerprint, &format!("{fingerprint},{fingerprint}"));
        // The first occurrence is the id of the record.
        let twice = twice.replacen(&format!("{fingerprint},{fingerprint}"), &fingerprint, 1);
        let travelled = CloudEvent::from_json(twice.as_bytes())
            .unwrap()
            .delivery_trusting_queue::<Svara>()
            .unwrap();
        assert_eq!(travelled.fingerprints().count(), 2);
        assert_eq!(keys(&travelled), keys(&delivery));
    }
}
