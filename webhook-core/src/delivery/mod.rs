//! The proof that a verification succeeded, and what is made of it.

#[cfg(feature = "cloudevents")]
mod cloud_event;
#[cfg(feature = "cloudevents")]
mod cloud_event_error;
mod digest;
mod fingerprint;
mod labels;

#[cfg(feature = "cloudevents")]
pub use cloud_event::CloudEvent;
#[cfg(feature = "cloudevents")]
pub use cloud_event_error::{CloudEventError, CloudEventErrorKind};
pub use digest::digest;
pub use fingerprint::Fingerprint;

pub(crate) use labels::Labels;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::few::Few;
use crate::keys::Tag;
use crate::provider::Provider;
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
    /// The message itself, for schemes whose signatures can be altered and still verify. Its digest is
    /// computed when it is asked for.
    #[cfg_attr(
        not(feature = "_public-key"),
        expect(dead_code, reason = "only public keys have such signatures")
    )]
    Message,
    /// A digest of the message, made by a hand-written check.
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
        self.labels.id()
    }

    /// Whether the signature covers the id. If not, whoever replays a captured request can change it.
    pub const fn id_is_signed(&self) -> bool {
        self.id_is_signed
    }

    /// The top-level member of the JSON body that identifies the delivery, if the provider has one, such as
    /// an event's `id`. See [`Provider::BODY_ID`].
    pub const fn body_id_member(&self) -> Option<&'static str> {
        self.body_id
    }

    /// A header that the provider sends but does not sign, such as the event's name. Anyone who replays
    /// a captured request can change it: good for routing and logs, not for decisions.
    ///
    /// Knows the headers that the provider names as [hints](Provider::HINTS), in lower case.
    pub fn unsigned_hint(&self, header: &str) -> Option<&str> {
        self.unsigned_hints().find(|(name, _)| *name == header).map(|(_, hint)| hint)
    }

    /// All hints that came, with the names of their headers.
    pub fn unsigned_hints(&self) -> impl Iterator<Item = (&'static str, &str)> + use<'_> {
        self.labels.hints()
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
        let mut message = None;
        let provider = self.provider.as_bytes();
        match &self.identity {
            Identity::Macs(tags) => macs = Some(tags),
            Identity::Message => {
                let (before, after) = self.labels.around_body();
                message = Some(Fingerprint::of(&[provider, before, &self.body, after]));
            }
            Identity::Digest(digest) => known = std::slice::from_ref(digest),
            #[cfg(feature = "cloudevents")]
            Identity::Recorded(fingerprints) => known = fingerprints,
            Identity::None => {}
        }
        macs.into_iter()
            .flat_map(Few::iter)
            .map(|tag| Fingerprint::of(&[provider, tag.as_bytes()]))
            .chain(message)
            .chain(known.iter().copied())
    }
}

/// For hand-written verifications.
impl Delivery {
    /// States that `body` was verified by code outside this crate. The one way to make a `Delivery`
    /// without this crate's engine: only a [`Check`](crate::Check) that verified calls it.
    ///
    /// It is of provider `P`, has no id, time or fingerprint until one is added, and counts as not covering
    /// the body.
    pub fn assume_verified_by_custom_check<P: Provider>(body: &Bytes) -> Self {
        Self {
            provider: P::NAME,
            body: body.clone(),
            encoded: false,
            time: None,
            labels: Labels::NONE,
            id_is_signed: false,
            body_id: P::BODY_ID,
            key_index: 0,
            identity: Identity::None,
        }
    }

    /// The message that was signed, in its parts: the signature covers the body, and the message's
    /// digest is its fingerprint.
    #[must_use]
    pub fn with_signed_message(mut self, parts: &[&[u8]]) -> Self {
        let message = [&[self.provider.as_bytes()], parts].concat();
        self.identity = Identity::Digest(Fingerprint::of(&message));
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
        self.labels.set_id(id.as_bytes());
        self.id_is_signed = signed && self.id().is_some();
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
