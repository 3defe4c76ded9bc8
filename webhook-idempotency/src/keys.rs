use std::fmt;
use std::time::Duration;

use webhook_core::Delivery;
use webhook_core::adapter::digest;

use crate::member;
use crate::scope::Scope;

/// A digest that identifies repeats of a delivery. Stores never see an id or a body.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(parts: &[&[u8]]) -> Self {
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
/// that include the [`Scope`], so deliveries to different endpoints or of different tenants never share a key. All keys
/// are distinct.
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
        let scope = Scope::of(endpoint, delivery);
        let (covers_body, id_is_signed) = (delivery.covers_body(), delivery.id_is_signed());
        let member = delivery.body_id_member().filter(|_| covers_body);
        let member = member.and_then(|member| member::read(delivery.body(), member));
        let member = member.map(|id| scope.body_id(&id));
        let has_body_key =
            covers_body && delivery.signed_at().is_some() && !id_is_signed && member.is_none();
        let has_unsigned_id = delivery.id().is_some() && !id_is_signed;
        // The body is hashed once for both keys.
        let body = (has_body_key || has_unsigned_id)
            .then(|| digest("webhook body v1", &[delivery.body()]));
        let id = delivery.id().map(|id| match &body {
            Some(body) if !id_is_signed => scope.unsigned_id(id, body),
            _ => scope.signed_id(id),
        });
        let mut fingerprints: Vec<Key> = Vec::new();
        for fingerprint in delivery.fingerprints() {
            let key = scope.fingerprint(fingerprint.as_ref());
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
            namespace: scope.namespace(),
            id,
            id_is_signed,
            member,
            fingerprints,
            body: body.filter(|_| has_body_key).map(|body| scope.body(&body)),
            retention,
            signature_retention: valid.unwrap_or(retention),
            note: Note::of(delivery),
        })
    }

    /// Creates a single key from a text that the user chose, such as an id in the signed body.
    pub fn chosen(scope: Scope<'_>, key: &str, retention: Duration) -> Self {
        Self::of_id(scope, scope.chosen(key), retention)
    }

    /// Returns the key of a signed id, to [forget](crate::ClaimStore::forget) its claim.
    pub fn of_signed_id(scope: Scope<'_>, id: &str) -> Self {
        Self::of_id(scope, scope.signed_id(id), Duration::ZERO)
    }

    /// Returns the key of an unsigned id with its body, to [forget](crate::ClaimStore::forget) its claim.
    pub fn of_unsigned_id(scope: Scope<'_>, id: &str, body: &[u8]) -> Self {
        let body = digest("webhook body v1", &[body]);
        Self::of_id(scope, scope.unsigned_id(id, &body), Duration::ZERO)
    }

    /// Returns the key of the [member](Delivery::body_id_member) that identifies a delivery, such as the `id` of an
    /// event, to [forget](crate::ClaimStore::forget) its claim.
    pub fn of_body_id(scope: Scope<'_>, id: &str) -> Self {
        Self::of_id(scope, scope.body_id(id), Duration::ZERO)
    }

    fn of_id(scope: Scope<'_>, id: Key, retention: Duration) -> Self {
        Self {
            namespace: scope.namespace(),
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

    /// Returns the digest that all keys of this [`Scope`] share. A distributed store uses it to keep them on one machine.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use webhook_core::providers::{stripe, svara, voisnap};
    use webhook_core::{
        Bytes, CloudEvent, Delivery, Head, Key as Secret, SchemeProvider, UnixTime, Verify as _,
    };

    use super::{Key, Keys};
    use crate::scope::Scope;

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

    /// Later versions must find stored keys again. Expected values: computed by us with the first version.
    #[test]
    fn stored_keys_of_deliveries_do_not_change() {
        let stored = |delivery: &Delivery| -> Vec<String> {
            let keys = Keys::of("endpoint", delivery, RETENTION).unwrap();
            keys.all().map(|(key, _)| key.to_string()).collect()
        };
        let voisnap = voisnap::Secret::new("secret").unwrap();
        assert_eq!(
            stored(&verified(&voisnap, Some("dlv_1"), "{}")),
            [
                "a813cfeb0a26094d81e9369512eb2259f1d29fb824fc5b2622208f9fbbadcda4",
                "61461312957c702c7e8d0f284ebf762ac169d3901f02307771483879380f30f8",
                "4b204c0fd2199f56ecc35bed90dd37dd4b59dc2f207bbda74378da3a7603d9a5",
            ]
        );
        let stripe = stripe::Secret::new("secret").unwrap();
        assert_eq!(
            stored(&verified(&stripe, None, r#"{"id":"evt_1"}"#)),
            [
                "69c16aa85794b22f19ada2a5daaf264094f8fc25fa8c99947d64dec95cb9af95",
                "497d7004a00a77458d0285eec89b5118b244ecb4341742dbb1a8ba07f1a0fed6",
            ]
        );
    }

    #[test]
    fn operators_find_the_keys_of_a_delivery() {
        let ids = |delivery: &Delivery| -> Vec<Key> {
            let keys = Keys::of("endpoint", delivery, RETENTION).unwrap();
            keys.all().map(|(key, _)| key).collect()
        };
        let voisnap = verified(&voisnap::Secret::new("secret").unwrap(), Some("dlv_1"), "{}");
        let scope = Scope::of("endpoint", &voisnap);
        assert_eq!(scope, Scope::new("endpoint", "voisnap"));
        let by_id = Keys::of_unsigned_id(scope, "dlv_1", b"{}");
        assert!(ids(&voisnap).contains(&by_id.id().unwrap()));
        let of_tenant = Keys::of_unsigned_id(scope.tenant("tenant"), "dlv_1", b"{}");
        assert!(!ids(&voisnap).contains(&of_tenant.id().unwrap()));
        let body = r#"{"id":"evt_1"}"#;
        let stripe = verified(&stripe::Secret::new("secret").unwrap(), None, body);
        let by_id = Keys::of_body_id(Scope::new("endpoint", "stripe"), "evt_1");
        assert!(ids(&stripe).contains(&by_id.id().unwrap()));
    }
}
