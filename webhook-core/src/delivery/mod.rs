//! Deliveries: the proof that a verification succeeded, and records made from it.

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
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::few::Few;
use crate::keys::Tag;
use crate::provider::Provider;
use crate::timestamp::UnixTime;

/// The proof that a verification succeeded, with the verified data.
///
/// Only a [`Verify`](crate::Verify) creates one. It holds the same bytes that were hashed, so everything that
/// is read from it was signed.
#[derive(Clone)]
pub struct Delivery {
    pub(crate) provider: &'static str,
    /// The id of the endpoint, if it was looked up.
    pub(crate) endpoint: Option<Arc<str>>,
    pub(crate) body: Bytes,
    pub(crate) encoded: bool,
    /// The signed time, and the tolerance around it.
    pub(crate) time: Option<(UnixTime, Duration)>,
    pub(crate) labels: Labels,
    pub(crate) id_is_signed: bool,
    pub(crate) body_id: Option<&'static str>,
    pub(crate) key_index: usize,
    pub(crate) identity: Identity,
}

/// What identifies a signed message, so that a repeat is recognized.
#[derive(Clone)]
pub(crate) enum Identity {
    /// The MAC under each key. Its digest is computed only when it is asked for.
    Macs(Few<Tag>),
    /// The message itself, for schemes whose signatures can be altered and still verify. Its digest is
    /// computed only when it is asked for.
    #[cfg_attr(
        not(feature = "_public-key"),
        expect(dead_code, reason = "only public keys have such signatures")
    )]
    Message,
    /// A digest of the message, computed by a hand-written check.
    Digest(Fingerprint),
    /// The fingerprints, as read from a record of the delivery.
    #[cfg(feature = "cloudevents")]
    Recorded(Vec<Fingerprint>),
    /// The signature does not cover the body, so that two messages cannot be told apart.
    None,
}

impl Delivery {
    /// Returns the name of the provider whose signature was verified.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// Returns the id of the [`Endpoint`](crate::Endpoint) that the request was sent to, if the receiver looked it up:
    /// a tenant, for example. A receiver with a fixed secret has none.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Returns the verified bytes as they were received: still encoded, if the request has a
    /// `Content-Encoding`.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns whether the body has a `Content-Encoding` other than `identity`.
    pub const fn is_encoded(&self) -> bool {
        self.encoded
    }

    /// Returns whether the signature covers the body. If it does not (bare tokens), only the sender is
    /// authentic.
    pub const fn covers_body(&self) -> bool {
        !matches!(self.identity, Identity::None)
    }

    /// Returns the signed time, if the provider signs one.
    pub fn signed_at(&self) -> Option<UnixTime> {
        self.time.map(|(time, _)| time)
    }

    /// Returns how far from [`signed_at`](Self::signed_at) the request is accepted, or `None` if no time is
    /// signed.
    ///
    /// A captured request can be replayed for that long, and without a signed time forever.
    pub fn tolerance(&self) -> Option<Duration> {
        self.time.map(|(_, tolerance)| tolerance)
    }

    /// Returns the delivery's id, if the provider sends one. Check [`id_is_signed`](Self::id_is_signed)
    /// before you rely on it.
    pub fn id(&self) -> Option<&str> {
        self.labels.id()
    }

    /// Returns whether the signature covers the id. If it does not, anyone who replays a captured request can
    /// change it.
    pub const fn id_is_signed(&self) -> bool {
        self.id_is_signed
    }

    /// Returns the top-level member of the JSON body that identifies the delivery, if the provider has one,
    /// such as an event's `id`. See [`Provider::BODY_ID`].
    pub const fn body_id_member(&self) -> Option<&'static str> {
        self.body_id
    }

    /// Returns a header that the provider sends but does not sign, such as the event's name.
    ///
    /// Anyone who replays a captured request can change it: use it for routing and logs, not for decisions.
    /// Only the [hints](Provider::HINTS) of the provider are available, under their names in lower case.
    pub fn unsigned_hint(&self, header: &str) -> Option<&str> {
        self.unsigned_hints().find(|(name, _)| *name == header).map(|(_, hint)| hint)
    }

    /// Returns all hints that the request has, with the names of their headers.
    pub fn unsigned_hints(&self) -> impl Iterator<Item = (&'static str, &str)> + use<'_> {
        self.labels.hints()
    }

    /// Returns the index of the secret that matched: 0 for the current one, then the previous ones in the
    /// order in which they were given. If it is always 0, the previous secrets are no longer used.
    pub const fn key_index(&self) -> usize {
        self.key_index
    }

    /// Returns digests that identify the signed message, for protection against replays.
    ///
    /// They are equal for the same message under the same secret, whatever the unsigned headers contain.
    /// There is one for each secret, so that a message is recognized after a rotation. There are none if the
    /// signature does not cover the body.
    ///
    /// Computing one costs a SHA-256 of a short text, for each item that you take.
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

/// Methods for hand-written verifications.
impl Delivery {
    /// Creates a delivery whose body was verified by code outside this crate.
    ///
    /// Call it only from a [`Check`](crate::Check) that has verified the body: nothing else makes a
    /// `Delivery` without the verification of this crate.
    ///
    /// The delivery belongs to provider `P`. Until you add them, it has no id, time or fingerprint, and its
    /// signature does not cover the body.
    pub fn assume_verified_by_custom_check<P: Provider>(body: &Bytes) -> Self {
        Self {
            provider: P::NAME,
            endpoint: None,
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

    /// Sets the signed message, given in parts. The signature then covers the body, and the digest of the
    /// parts is its fingerprint. Where one part ends must be signed, too: join parts whose boundary a stranger can
    /// move, or a replay with another boundary counts as another delivery.
    #[must_use]
    pub fn with_signed_message(mut self, parts: &[&[u8]]) -> Self {
        let message = [&[self.provider.as_bytes()], parts].concat();
        self.identity = Identity::Digest(Fingerprint::of(&message));
        self
    }

    /// Sets the signed time, and how far from it the request is accepted.
    #[must_use]
    pub const fn with_signed_time(mut self, time: UnixTime, tolerance: Duration) -> Self {
        self.time = Some((time, tolerance));
        self
    }

    /// Sets the delivery's id, and whether it is signed.
    ///
    /// An id that is empty, longer than 255 bytes or not visible ASCII is dropped.
    #[must_use]
    pub fn with_id(mut self, id: &str, signed: bool) -> Self {
        let id = if Labels::is_readable(id.as_bytes()) { id } else { "" };
        self.labels.set_id(id.as_bytes());
        self.id_is_signed = signed && self.id().is_some();
        self
    }

    /// Sets the index of the key that matched.
    #[must_use]
    pub const fn with_key_index(mut self, index: usize) -> Self {
        self.key_index = index;
        self
    }
}

/// Prints metadata only, neither the body nor a signature.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider)
            .field("endpoint", &self.endpoint)
            .field("id", &self.id())
            .field("signed_at", &self.signed_at())
            .field("key_index", &self.key_index)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}
