//! The one engine that runs every [`Scheme`].

use std::time::Duration;

use bytes::Bytes;
use subtle::Choice;

use crate::delivery::{Delivery, Identity, Labels};
use crate::error::VerifyErrorKind::{
    self, InvalidDeliveryId, InvalidSignature, InvalidTimestamp, MalformedSignature,
    MissingSignature, TimestampOutsideTolerance,
};
use crate::few::Few;
use crate::headers::{Head, Repeated};
use crate::mac::{Mac, Tag};
use crate::scheme::{Part, Scheme, TimeSource};
use crate::signature::{self, Claimed};
use crate::timestamp::UnixTime;

/// A request whose head was judged, and whose body is being hashed under every key.
pub(crate) struct HmacCheck {
    provider: &'static str,
    id_is_signed: bool,
    macs: Few<Mac>,
    claimed: Few<Tag>,
    /// What is signed after the body.
    tail: Vec<u8>,
    time: Option<(UnixTime, Duration)>,
    labels: Labels,
}

/// Judges the head, in the order of the rejections: signature, timestamp, delivery id.
pub(crate) fn begin(
    scheme: &'static Scheme,
    keys: &Few<Mac>,
    tolerance: Option<Duration>,
    head: &Head<'_>,
    now: UnixTime,
) -> Result<HmacCheck, VerifyErrorKind> {
    let provider = scheme.name;
    let (scheme, claimed) = claimed(scheme, head)?;
    for (name, value) in scheme.required {
        if head.header(name) != Ok(Some(value.as_bytes())) {
            return Err(MalformedSignature);
        }
    }
    let time = signed_time(scheme, &claimed, tolerance, head, now)?;
    let id = delivery_id(scheme, head)?;

    let mut macs = keys.clone();
    let mut tail = Vec::new();
    lay_out(
        scheme,
        time.as_ref().map_or(b"", |signed| signed.text),
        id.unwrap_or_default(),
        |text| macs.iter_mut().for_each(|mac| mac.update(text)),
        |text| tail.extend_from_slice(text),
    )?;
    Ok(HmacCheck {
        provider,
        id_is_signed: scheme.signs_id(),
        macs,
        claimed: claimed.signatures,
        tail,
        time: time.map(|signed| (signed.time, signed.tolerance)),
        labels: Labels::new(id, scheme.hints, head),
    })
}

/// The scheme whose signature header is there, and what stands in it.
fn claimed<'a>(
    scheme: &'static Scheme,
    head: &Head<'a>,
) -> Result<(&'static Scheme, Claimed<'a>), VerifyErrorKind> {
    let mut next = Some(scheme);
    while let Some(scheme) = next {
        if let Some(claimed) = signature::read(scheme, head)? {
            return Ok((scheme, claimed));
        }
        next = scheme.alternative;
    }
    Err(MissingSignature)
}

/// The timestamp's text as received, which is what was signed, beside its meaning.
struct SignedTime<'a> {
    text: &'a [u8],
    time: UnixTime,
    tolerance: Duration,
}

fn signed_time<'a>(
    scheme: &Scheme,
    claimed: &Claimed<'a>,
    tolerance: Option<Duration>,
    head: &Head<'a>,
    now: UnixTime,
) -> Result<Option<SignedTime<'a>>, VerifyErrorKind> {
    /// Longer than any way to write a time.
    const MAX_LEN: usize = 64;
    let Some(rule) = scheme.time else { return Ok(None) };
    let text = match rule.source {
        TimeSource::Header(name) => head.header(name),
        TimeSource::Field(_) | TimeSource::FirstPosition => claimed.time,
    };
    let text = text.ok().flatten().filter(|text| text.len() <= MAX_LEN).ok_or(InvalidTimestamp)?;
    let time = rule.unit.parse(text).ok_or(InvalidTimestamp)?;
    let tolerance = tolerance.unwrap_or(rule.tolerance);
    if !time.is_within(tolerance, now) {
        return Err(TimestampOutsideTolerance);
    }
    Ok(Some(SignedTime { text, time, tolerance }))
}

fn delivery_id<'a>(scheme: &Scheme, head: &Head<'a>) -> Result<Option<&'a str>, VerifyErrorKind> {
    let Some(name) = scheme.id_header else { return Ok(None) };
    match head.header(name) {
        Ok(None) if scheme.signs_id() => Err(InvalidDeliveryId),
        Ok(None) => Ok(None),
        Ok(Some(text)) => Labels::readable(text).ok_or(InvalidDeliveryId).map(Some),
        Err(Repeated) => Err(InvalidDeliveryId),
    }
}

/// Hands out what is signed before the body, then what is signed after it.
pub(crate) fn lay_out(
    scheme: &Scheme,
    time: &[u8],
    id: &str,
    mut before: impl FnMut(&[u8]),
    mut after: impl FnMut(&[u8]),
) -> Result<(), VerifyErrorKind> {
    let mut body_passed = false;
    let mut parts = scheme.parts;
    while let [part, rest @ ..] = parts {
        parts = rest;
        let text = match part {
            Part::Body => {
                body_passed = true;
                continue;
            }
            Part::Timestamp => time,
            Part::Literal(text) => text.as_bytes(),
            Part::Id => {
                // `a.b` + `.` + `c` and `a` + `.` + `b.c` would be signed alike. The literal's first
                // character is enough to tell where the id ends, also if it repeats itself.
                if let Some(Part::Literal(next)) = rest.first()
                    && next.chars().next().is_some_and(|first| id.contains(first))
                {
                    return Err(InvalidDeliveryId);
                }
                id.as_bytes()
            }
        };
        if body_passed { after(text) } else { before(text) }
    }
    Ok(())
}

impl HmacCheck {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.macs.iter_mut().for_each(|mac| mac.update(bytes));
    }

    /// Compares every signature with every key's, whatever matches, in constant time.
    pub(crate) fn finish(mut self, whole: &Bytes) -> Result<Delivery, VerifyErrorKind> {
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.update(&tail);
        }
        let computed = self.macs.map(Mac::finish);
        let mut matched = None;
        for (index, tag) in computed.iter().enumerate() {
            let any = self
                .claimed
                .iter()
                .fold(Choice::from(0), |any, claimed| any | tag.matches(claimed));
            if bool::from(any) && matched.is_none() {
                matched = Some(index);
            }
        }
        let key_index = matched.ok_or(InvalidSignature)?;
        Ok(Delivery {
            provider: self.provider,
            body: whole.clone(),
            encoded: false,
            time: self.time,
            labels: self.labels,
            id_is_signed: self.id_is_signed,
            key_index,
            identity: Identity::Macs(computed),
        })
    }
}
