//! The one engine that runs every [`Scheme`].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use subtle::Choice;

use crate::delivery::{Delivery, Identity, Labels};
use crate::error::VerifyError;
use crate::error::VerifyErrorKind::{
    self, InvalidDeliveryId, InvalidSignature, InvalidTimestamp, MalformedSignature,
    MissingSignature, TimestampOutsideTolerance,
};
use crate::few::Few;
use crate::headers::{self, Found, Head};
use crate::mac::{Mac, Tag};
use crate::scheme::{Part, Scheme, TimeRule, TimeSource};
use crate::signature;
use crate::timestamp::UnixTime;

/// What a request's head claims, to be held against the MAC of its body.
pub(crate) struct Claim {
    provider: &'static str,
    /// The scheme that is run: the provider's, or its alternative.
    scheme: &'static Scheme,
    /// None until the head is read: then nothing matches.
    signatures: Option<Few<Tag>>,
    time: Option<(UnixTime, Duration)>,
    labels: Labels,
    encoded: bool,
}

/// A claim whose body is being hashed under every key.
pub(crate) struct HmacCheck {
    pub(crate) claim: Claim,
    keys: Arc<Few<Mac>>,
    /// Started by the first piece of a body that comes in several. One that is shown whole needs none.
    running: Option<Box<Few<Mac>>>,
}

/// The timestamp's text as received, which is what was signed, beside its meaning.
struct SignedTime<'a> {
    text: &'a [u8],
    time: UnixTime,
    tolerance: Duration,
}

fn signed_time<'a>(
    scheme: &Scheme,
    found: Found<'a>,
    tolerance: Option<Duration>,
    now: UnixTime,
) -> Result<Option<SignedTime<'a>>, VerifyErrorKind> {
    /// Longer than any way to write a time.
    const MAX_LEN: usize = 64;
    let Some(rule) = scheme.time else { return Ok(None) };
    let text = found.ok().flatten().filter(|text| text.len() <= MAX_LEN).ok_or(InvalidTimestamp)?;
    let time = rule.unit.parse(text).ok_or(InvalidTimestamp)?;
    let tolerance = tolerance.unwrap_or(rule.tolerance);
    if !time.is_within(tolerance, now) {
        return Err(TimestampOutsideTolerance);
    }
    Ok(Some(SignedTime { text, time, tolerance }))
}

/// Empty if there is none.
fn delivery_id<'a>(scheme: &Scheme, found: Found<'a>) -> Result<&'a [u8], VerifyErrorKind> {
    match found {
        Ok(None) if !scheme.signs_id => Ok(b""),
        Ok(Some(id)) if Labels::is_readable(id) && scheme.tells_end_of(id) => Ok(id),
        _ => Err(InvalidDeliveryId),
    }
}

/// What running a scheme asks of it.
impl Scheme {
    /// What is signed before the body, and after it.
    pub(crate) fn around_body(&self) -> (&'static [Part], &'static [Part]) {
        let mut halves = self.parts.splitn(2, |part| *part == Part::Body);
        (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
    }

    /// Whether it can be told where this id ends, if it is signed.
    pub(crate) fn tells_end_of(&self, id: &[u8]) -> bool {
        self.id_end.is_none_or(|end| !id.contains(&end))
    }
}

impl Part {
    /// What is hashed for it.
    pub(crate) const fn bytes<'a>(&self, time: &'a [u8], id: &'a [u8], body: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Body => body,
            Self::Timestamp => time,
            Self::Id => id,
            Self::Literal(text) => text.as_bytes(),
        }
    }
}

/// Judged in place: a claim is large, and every request has one.
impl Claim {
    pub(crate) const fn new(scheme: &'static Scheme) -> Self {
        Self {
            provider: scheme.name,
            scheme,
            signatures: None,
            time: None,
            labels: Labels::NONE,
            encoded: false,
        }
    }

    /// Judges the head, in the order of the rejections: signature, timestamp, delivery id.
    pub(crate) fn read(
        &mut self,
        head: &Head<'_>,
        tolerance: Option<Duration>,
        now: UnixTime,
    ) -> Result<(), VerifyErrorKind> {
        let mut found;
        let time_beside = loop {
            found = [Ok(None); Scheme::HEADERS];
            head.find_each(&self.scheme.headers, &mut found);
            if let Some(time) = signature::read(self.scheme, found[0], head, &mut self.signatures)?
            {
                break time;
            }
            self.scheme = self.scheme.alternative.ok_or(MissingSignature)?;
        };
        let [_, encoding, time, id, hints @ ..] = found;
        for (name, value) in self.scheme.required {
            if head.header(name) != Ok(Some(value.as_bytes())) {
                return Err(MalformedSignature);
            }
        }
        let time = match self.scheme.time {
            Some(TimeRule { source: TimeSource::Header(_), .. }) => time,
            _ => time_beside,
        };
        let time = signed_time(self.scheme, time, tolerance, now)?;
        let id = delivery_id(self.scheme, id)?;
        self.time = time.as_ref().map(|signed| (signed.time, signed.tolerance));
        self.labels.set(id, self.scheme.hints, hints, time.map_or(b"", |signed| signed.text));
        self.encoded = headers::is_encoded(encoding);
        Ok(())
    }

    /// Hashes the body under every key, and decides.
    pub(crate) fn decide(
        &mut self,
        keys: &Few<Mac>,
        whole: Bytes,
    ) -> Result<Delivery, VerifyError> {
        let tags = keys.map(|key| key.tag(self.texts(self.scheme.parts, &whole)));
        self.conclude(tags, whole)
    }

    /// The bytes of these parts of what is signed.
    fn texts<'a>(&'a self, parts: &'a [Part], body: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let (time, id) = (self.labels.time(), self.labels.id());
        parts.iter().map(move |part| part.bytes(time, id, body))
    }

    /// Compares every signature with every key's, whatever matches, in constant time.
    #[inline]
    fn conclude(&mut self, computed: Few<Tag>, whole: Bytes) -> Result<Delivery, VerifyError> {
        let claimed = self.signatures.as_ref().ok_or(InvalidSignature)?;
        let mut matched = None;
        for (index, tag) in computed.iter().enumerate() {
            let any =
                claimed.iter().fold(Choice::from(0), |any, claimed| any | tag.matches(claimed));
            if bool::from(any) && matched.is_none() {
                matched = Some(index);
            }
        }
        let key_index = matched.ok_or(InvalidSignature)?;
        Ok(Delivery {
            provider: self.provider,
            body: whole,
            encoded: self.encoded,
            time: self.time,
            labels: std::mem::replace(&mut self.labels, Labels::NONE),
            id_is_signed: self.scheme.signs_id,
            body_id: self.scheme.body_id,
            key_index,
            identity: Identity::Macs(computed),
        })
    }
}

impl HmacCheck {
    pub(crate) const fn new(claim: Claim, keys: Arc<Few<Mac>>) -> Self {
        Self { claim, keys, running: None }
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        let running = self.running.get_or_insert_with(|| {
            let (before, _) = self.claim.scheme.around_body();
            Box::new(self.keys.map(|key| key.fed(self.claim.texts(before, b""))))
        });
        running.iter_mut().for_each(|mac| mac.update(piece));
    }

    pub(crate) fn finish(&mut self, whole: Bytes) -> Result<Delivery, VerifyError> {
        let Some(running) = &self.running else { return self.claim.decide(&self.keys, whole) };
        let (_, after) = self.claim.scheme.around_body();
        let tags = running.map(|mac| mac.tag(self.claim.texts(after, b"")));
        self.claim.conclude(tags, whole)
    }
}
