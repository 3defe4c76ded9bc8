use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::few::Few;
use crate::headers::Found;
use crate::mac::{self, Tag};
use crate::timestamp::UnixTime;

/// The proof that a verification succeeded, and what it vouches for.
///
/// Only a [`Verify`](crate::Verify) makes one. It holds the bytes that were hashed, so that whatever is
/// read through it is what was signed.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) provider: &'static str,
    pub(crate) body: Bytes,
    pub(crate) encoded: bool,
    /// When it was signed, and how far from then it is accepted.
    pub(crate) time: Option<(UnixTime, Duration)>,
    pub(crate) labels: Labels,
    pub(crate) id_is_signed: bool,
    pub(crate) body_id: Option<&'static str>,
    pub(crate) key_index: usize,
    pub(crate) identity: Identity,
}

/// What makes a signed message the same message again.
#[derive(Clone)]
pub(crate) enum Identity {
    /// The MAC under each key; a digest of it is computed only when it is asked for.
    Macs(Few<Tag>),
    /// A digest of the message, for schemes whose signatures can be altered and still verify.
    Digest(Fingerprint),
    /// The fingerprints themselves, as a record of the delivery has them.
    #[cfg(feature = "cloudevents")]
    Recorded(Vec<Fingerprint>),
    /// The body is not covered: two messages cannot be told apart.
    None,
}

impl Delivery {
    /// The name of the provider whose scheme was verified.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// The bytes that were verified, as they came: encoded, if the request had a `Content-Encoding`.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the body came with a `Content-Encoding` other than `identity`.
    pub const fn is_encoded(&self) -> bool {
        self.encoded
    }

    /// Whether the signature covers the body. If not (bare tokens), only the sender is authentic.
    pub const fn covers_body(&self) -> bool {
        !matches!(self.identity, Identity::None)
    }

    /// The time that was signed, if the provider signs one.
    pub fn signed_at(&self) -> Option<UnixTime> {
        self.time.map(|(time, _)| time)
    }

    /// How far from [`signed_at`](Self::signed_at) the request is accepted: as long as that, a captured
    /// one can be replayed. `None` if no time is signed: then it can be replayed for ever.
    pub fn tolerance(&self) -> Option<Duration> {
        self.time.map(|(_, tolerance)| tolerance)
    }

    /// The delivery's id, if the provider sends one. See [`id_is_signed`](Self::id_is_signed) before
    /// anything depends on it.
    pub fn id(&self) -> Option<&str> {
        self.labels.text(0)
    }

    /// Whether the signature covers the id. If not, whoever replays a captured request can change it.
    pub const fn id_is_signed(&self) -> bool {
        self.id_is_signed
    }

    /// The top-level member of the JSON body that identifies the delivery, if the provider has one: Stripe's
    /// `id`. See [`Scheme::body_id`](crate::Scheme::body_id).
    pub const fn body_id_member(&self) -> Option<&'static str> {
        self.body_id
    }

    /// A header that the provider sends but does not sign, such as the event's name. Anyone who replays
    /// a captured request can change it: good for routing and logs, not for decisions.
    ///
    /// Knows the headers that the provider's scheme names as hints, in lower case.
    pub fn unsigned_hint(&self, header: &str) -> Option<&str> {
        let index = self.labels.hints.iter().position(|hint| *hint == header)?;
        self.labels.text(index + 1)
    }

    /// All [hints](Self::unsigned_hint) that the request carried, as `(header, value)`. Not signed.
    pub fn unsigned_hints(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.labels.hints.iter().copied();
        named.filter_map(|name| Some((name, self.unsigned_hint(name)?)))
    }

    /// Which of the secrets matched: 0 for the current one, then the previous ones in the order in which
    /// they were given. When it is always 0, the previous ones are no longer used.
    pub const fn key_index(&self) -> usize {
        self.key_index
    }

    /// Identities of the signed message, for protection against replay: equal for the same message under
    /// the same secret, whatever unsigned headers say. One for each secret, so that a message is known
    /// again after a rotation; none if the signature does not cover the body.
    ///
    /// Costs a SHA-256 of a short text for each, when asked for.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> + '_ {
        let (mut macs, mut known): (Option<&Few<Tag>>, &[Fingerprint]) = (None, &[]);
        match &self.identity {
            Identity::Macs(tags) => macs = Some(tags),
            Identity::Digest(digest) => known = std::slice::from_ref(digest),
            #[cfg(feature = "cloudevents")]
            Identity::Recorded(fingerprints) => known = fingerprints,
            Identity::None => {}
        }
        let provider = self.provider.as_bytes();
        macs.into_iter()
            .flat_map(Few::iter)
            .map(|tag| mac::digest(&[b"webhook fingerprint", provider, tag.as_bytes()]))
            .map(Fingerprint)
            .chain(known.iter().copied())
    }
}

/// For hand-written verifications.
impl Delivery {
    /// States that `body` was verified by code outside this crate. The one way to make a `Delivery`
    /// without this crate's engine: only a [`Check`](crate::Check) that verified calls it.
    ///
    /// It has no id, time or fingerprint until one is added, and counts as not covering the body.
    pub fn assume_verified_by_custom_check(provider: &'static str, body: &Bytes) -> Self {
        Self {
            provider,
            body: body.clone(),
            encoded: false,
            time: None,
            labels: Labels::NONE,
            id_is_signed: false,
            body_id: None,
            key_index: 0,
            identity: Identity::None,
        }
    }

    /// The message that was signed, in its parts: the signature covers the body, and the message's
    /// digest is its fingerprint.
    #[must_use]
    pub fn with_signed_message(mut self, parts: &[&[u8]]) -> Self {
        let digest = mac::digest(&[&[self.provider.as_bytes()], parts].concat());
        self.identity = Identity::Digest(Fingerprint(digest));
        self
    }

    /// The time that was signed, and how far from then the request is accepted.
    #[must_use]
    pub const fn with_signed_time(mut self, time: UnixTime, tolerance: Duration) -> Self {
        self.time = Some((time, tolerance));
        self
    }

    /// The delivery's id, and whether it is signed. Ids that are empty, over 255 bytes or not visible
    /// ASCII are dropped.
    #[must_use]
    pub fn with_id(mut self, id: &str, signed: bool) -> Self {
        let id = if Labels::is_readable(id.as_bytes()) { id } else { "" };
        self.labels.set(id.as_bytes(), &[], [Ok(None); 2], b"");
        self.id_is_signed = signed && self.id().is_some();
        self
    }

    /// The top-level member of the JSON body that identifies the delivery.
    #[must_use]
    pub const fn with_body_id_member(mut self, member: &'static str) -> Self {
        self.body_id = Some(member);
        self
    }

    /// Which of several keys matched.
    #[must_use]
    pub const fn with_key_index(mut self, index: usize) -> Self {
        self.key_index = index;
        self
    }
}

/// Shows what the delivery is, not what it says: no body, no signature.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider)
            .field("id", &self.id())
            .field("signed_at", &self.signed_at())
            .field("key_index", &self.key_index)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A digest that identifies a signed message. It reveals neither the message nor its signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    #[cfg(feature = "cloudevents")]
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        const_hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl AsRef<[u8]> for Fingerprint {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// In lower-case hex.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// What outlives a request's head: id, hints and the text of the signed time. One allocation, none if it
/// has none of them.
#[derive(Clone)]
pub(crate) struct Labels {
    text: Vec<u8>,
    ends: [usize; 4],
    hints: &'static [&'static str],
}

impl Labels {
    pub(crate) const NONE: Self = Self { text: Vec::new(), ends: [0; 4], hints: &[] };

    const MAX_LEN: usize = 255;

    /// Ids and names are short and visible ASCII; anything else is not handed to logs and databases.
    pub(crate) fn is_readable(text: &[u8]) -> bool {
        let short = (1..=Self::MAX_LEN).contains(&text.len());
        short && text.iter().fold(true, |all, byte| all & byte.is_ascii_graphic())
    }

    /// `found` is what the headers named by `hints` say: one that is missing, repeated or unreadable is
    /// none.
    pub(crate) fn set(
        &mut self,
        id: &[u8],
        hints: &'static [&'static str],
        found: [Found<'_>; 2],
        time: &[u8],
    ) {
        let [first, second] = found.map(|hint| match hint {
            Ok(Some(text)) if Self::is_readable(text) => text,
            _ => b"",
        });
        let slots = [id, first, second, time];
        self.text = Vec::with_capacity(slots.iter().map(|slot| slot.len()).sum());
        self.hints = hints;
        for (end, slot) in self.ends.iter_mut().zip(slots) {
            self.text.extend_from_slice(slot);
            *end = self.text.len();
        }
    }

    /// The id; empty if there is none.
    pub(crate) fn id(&self) -> &[u8] {
        self.slot(0)
    }

    /// The signed time as it was received.
    pub(crate) fn time(&self) -> &[u8] {
        self.slot(3)
    }

    fn slot(&self, index: usize) -> &[u8] {
        let end = |index: usize| self.ends.get(index).copied();
        let start = index.checked_sub(1).and_then(end).unwrap_or_default();
        self.text.get(start..end(index).unwrap_or_default()).unwrap_or_default()
    }

    /// The id or a hint, which are readable.
    fn text(&self, index: usize) -> Option<&str> {
        std::str::from_utf8(self.slot(index)).ok().filter(|text| !text.is_empty())
    }
}
