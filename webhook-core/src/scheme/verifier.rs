use std::sync::Arc;
use std::time::Duration;
use std::{fmt, mem};

use bytes::Bytes;
use subtle::Choice;

use super::data::Scheme;
use super::envelope::Envelope;
use super::url::PublicUrl;
use crate::clock::Clock;
use crate::delivery::{Delivery, Identity, Labels};
use crate::error::VerifyErrorKind::InvalidSignature;
use crate::error::{SecretError, SecretErrorKind, VerifyError};
use crate::few::Few;
use crate::headers::Head;
use crate::keys::{Keys, Mac, SecretText, Signature, Tag, Token};
#[cfg(feature = "_public-key")]
use crate::keys::{Message, sha256};
use crate::timestamp::UnixTime;
use crate::verify::{Checked, Verification, Verify};

/// The maximum number of keys of one endpoint: the current one and the previous ones. Every request is
/// checked with each key.
pub(crate) const MAX_KEYS: usize = 4;

/// A scheme with the keys of one endpoint. It verifies with all keys and [signs](Self::sign) with the first.
///
/// Applications usually use the typed [`Key`](crate::Key) of a provider. A `Verifier` is the same without the
/// type, for a provider that is chosen at run time: see [`providers::find`](crate::providers::find).
#[derive(Clone)]
pub struct Verifier {
    pub(super) scheme: &'static Scheme,
    pub(super) keys: Arc<Keys>,
    pub(super) url: Option<Arc<PublicUrl>>,
    tolerance: Option<Duration>,
}

impl Verifier {
    /// The caller has checked `scheme` in a constant.
    pub(crate) fn new(
        scheme: &'static Scheme,
        text: &SecretText,
        url: Option<PublicUrl>,
    ) -> Result<Self, SecretError> {
        if scheme.signs_url() && url.is_none() {
            return Err(text.error(SecretErrorKind::UrlRequired));
        }
        let keys = Arc::new(Keys::read(scheme, text)?);
        Ok(Self { scheme, keys, url: url.map(Arc::new), tolerance: None })
    }

    /// Makes a verifier of the bytes of a key, however the provider writes its keys.
    #[cfg(feature = "explain")]
    pub(crate) fn of_bytes(
        scheme: &'static Scheme,
        key: &[u8],
        url: Option<PublicUrl>,
    ) -> Option<Self> {
        if scheme.signs_url() && url.is_none() {
            return None;
        }
        let keys = Arc::new(Keys::of_bytes(scheme, key)?);
        Some(Self { scheme, keys, url: url.map(Arc::new), tolerance: None })
    }

    /// Returns the provider's name.
    pub const fn provider(&self) -> &'static str {
        self.scheme.name
    }

    /// Returns the number of keys.
    pub(crate) fn key_count(&self) -> usize {
        self.keys.len()
    }

    /// Adds a key that is being replaced.
    ///
    /// # Errors
    ///
    /// If the text is not a valid key of this provider, if there are four keys already, or if this is one of
    /// them.
    pub fn or_previous(mut self, text: &SecretText) -> Result<Self, SecretError> {
        if self.keys.len() >= MAX_KEYS {
            return Err(text.error(SecretErrorKind::TooMany));
        }
        let previous = Keys::read(self.scheme, text)?;
        if !Arc::make_mut(&mut self.keys).append(previous) {
            return Err(text.error(SecretErrorKind::Repeated));
        }
        Ok(self)
    }

    /// Sets how far a signed time may be from the current time, in either direction, inclusive. It has no
    /// effect on schemes that sign no time.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Returns the MAC of a text under the current key, in the encoding of the provider's signatures. Some
    /// handshakes require it. Returns `None` if the key does not compute MACs.
    pub fn mac(&self, text: &[u8]) -> Option<String> {
        match &*self.keys {
            Keys::Mac(keys) => {
                Some(self.scheme.encoding.encode(keys.first().tag(&[text]).as_bytes()))
            }
            Keys::Token(_) => None,
            #[cfg(feature = "_public-key")]
            Keys::Public(_) => None,
        }
    }

    /// Reads the head and checks everything that does not depend on the body.
    #[inline]
    fn read(
        &self,
        head: &Head<'_>,
        clock: Clock<'_>,
        into: &mut Envelope,
    ) -> Result<(), VerifyError> {
        into.read(head, self.url.as_deref())?;
        Ok(into.judge(self.tolerance, || clock.now())?)
    }
}

impl Verify for Verifier {
    fn provider(&self) -> &'static str {
        self.scheme.name
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        if let Some(answer) = self.scheme.challenge.and_then(|challenge| challenge(head)) {
            return Ok(Verification::handshake(answer));
        }
        let mut envelope = Envelope::new(self.scheme);
        self.read(head, clock, &mut envelope)?;
        Ok(Verification::running(Running { envelope, verifier: self.clone(), hashing: None }))
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        let mut envelope = Envelope::new(self.scheme);
        self.read(head, Clock::at(now), &mut envelope)?;
        conclude(self, &mut envelope, None, body.clone())
    }
}

/// A verification that is fed the body in pieces.
pub(crate) struct Running {
    envelope: Envelope,
    verifier: Verifier,
    /// Created by the first piece. A body that is passed as a whole does not need it.
    hashing: Option<Box<Hashing>>,
}

/// The hash of the pieces so far.
enum Hashing {
    Macs(Few<Mac>),
    #[cfg(feature = "_public-key")]
    Sha256(sha2::Sha256),
    /// The key hashes the complete body itself.
    Nothing,
}

impl Hashing {
    fn start(keys: &Keys, before: &[u8]) -> Self {
        match keys {
            Keys::Mac(keys) => Self::Macs(keys.map(|key| key.fed(before))),
            Keys::Token(_) => Self::Nothing,
            #[cfg(feature = "_public-key")]
            Keys::Public(keys) if keys.first().is_prehashed() => {
                use sha2::Digest as _;

                Self::Sha256(sha2::Sha256::new_with_prefix(before))
            }
            #[cfg(feature = "_public-key")]
            Keys::Public(_) => Self::Nothing,
        }
    }
}

impl Running {
    pub(crate) fn update(&mut self, piece: &[u8]) {
        let hashing = self.hashing.get_or_insert_with(|| {
            let (before, _) = self.envelope.labels.around_body();
            Box::new(Hashing::start(&self.verifier.keys, before))
        });
        match &mut **hashing {
            Hashing::Macs(macs) => macs.iter_mut().for_each(|mac| mac.update(piece)),
            #[cfg(feature = "_public-key")]
            Hashing::Sha256(hash) => sha2::Digest::update(hash, piece),
            Hashing::Nothing => {}
        }
    }

    pub(crate) fn finish(&mut self, whole: Bytes) -> Result<Checked, VerifyError> {
        let verifier = &self.verifier;
        let delivery = conclude(verifier, &mut self.envelope, self.hashing.as_deref(), whole);
        let Some(handshake) = verifier.scheme.handshake else {
            return delivery.map(Checked::Delivery);
        };
        let delivery = delivery?;
        Ok(match handshake(verifier, &delivery) {
            Some(answer) => Checked::Handshake { answer, delivery: Some(Box::new(delivery)) },
            None => Checked::Delivery(delivery),
        })
    }
}

/// Checks every signature with every key, and creates the delivery if one matches. `hashing`, if present, was
/// fed all of `whole`. The delivery takes the envelope's labels.
#[inline]
fn conclude(
    verifier: &Verifier,
    envelope: &mut Envelope,
    hashing: Option<&Hashing>,
    whole: Bytes,
) -> Result<Delivery, VerifyError> {
    let Envelope { scheme, signatures, time, encoded, .. } = &*envelope;
    let (before, after) = envelope.labels.around_body();
    let (key_index, identity) = match &*verifier.keys {
        Keys::Mac(keys) => {
            let tags = match hashing {
                Some(Hashing::Macs(macs)) => macs.map(|mac| mac.tag(&[after])),
                _ => keys.map(|key| key.tag(&[before, &whole, after])),
            };
            let index = matching(&tags, signatures, Tag::matches);
            (index, Identity::Macs(tags))
        }
        Keys::Token(keys) => {
            let matches =
                |token: &Token, signature: &Signature| token.matches(signature.as_bytes());
            (matching(keys, signatures, matches), Identity::None)
        }
        #[cfg(feature = "_public-key")]
        Keys::Public(keys) => {
            let parts = [before, &whole, after];
            let digest = match hashing {
                Some(Hashing::Sha256(hash)) => {
                    sha2::Digest::finalize(sha2::Digest::chain_update(hash.clone(), after)).into()
                }
                _ if keys.first().is_prehashed() => sha256(&parts),
                _ => [0; 32],
            };
            let message = Message { parts, digest };
            let index = keys.iter().position(|key| {
                signatures.iter().any(|signature| key.verifies(signature.as_bytes(), &message))
            });
            (index, Identity::Message)
        }
    };
    Ok(Delivery {
        provider: verifier.scheme.name,
        endpoint: None,
        time: time.map(|time| (time, scheme.tolerance(verifier.tolerance))),
        id_is_signed: scheme.signs_id,
        body_id: scheme.body_id,
        key_index: key_index.ok_or(InvalidSignature)?,
        body: whole,
        encoded: *encoded,
        labels: mem::replace(&mut envelope.labels, Labels::NONE),
        identity,
    })
}

/// Compares every signature with every key in constant time, without stopping at the first match.
#[inline]
fn matching<K>(
    keys: &Few<K>,
    signatures: &Few<Signature>,
    matches: impl Fn(&K, &Signature) -> Choice,
) -> Option<usize> {
    let mut found = None;
    for (index, key) in keys.iter().enumerate() {
        let any = signatures.iter().fold(Choice::from(0), |any, each| any | matches(key, each));
        if bool::from(any) && found.is_none() {
            found = Some(index);
        }
    }
    found
}

/// Prints the provider and the number of keys.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({}, {})", self.scheme.name, self.keys.len())
    }
}
