use std::borrow::Cow;

use super::data::Scheme;
use super::format::{TimeRule, TimeSource};
use super::part::Part;
use super::signature;
use super::url::PublicUrl;
use crate::delivery::Labels;
use crate::error::VerifyErrorKind::{
    self, InvalidDeliveryId, InvalidTimestamp, MalformedSignature, MissingSignature,
    TimestampOutsideTolerance,
};
use crate::few::Few;
use crate::headers::{self, Head};
use crate::keys::Signature;
use crate::timestamp::UnixTime;

/// What a request's head says: everything but the body that a verification needs. Nothing in it is
/// authentic.
pub(crate) struct Envelope {
    /// The scheme that it was read by: the provider's, or an alternative.
    pub(crate) scheme: &'static Scheme,
    pub(crate) signatures: Few<Signature>,
    /// The signed time.
    pub(crate) time: Option<UnixTime>,
    /// Whether the id is there where it is signed, and well-formed where it is there.
    pub(crate) id_is_valid: bool,
    /// What is signed around the body, the id and the hints.
    pub(crate) labels: Labels,
    /// Whether the body came with a `Content-Encoding`.
    pub(crate) encoded: bool,
}

/// Longer than any way to write a time.
const MAX_TIME_LEN: usize = 64;

/// How long what is signed of a head may be. It is copied.
const MAX_PART_LEN: usize = 16 * 1024;

impl Scheme {
    /// Reads a head by this scheme, or by an alternative whose signature header is there. `url` is the
    /// public URL, for schemes that sign it.
    ///
    /// Defects are found in the order of the rejections. Those that come after a stale time are left to
    /// [`Envelope::judge`].
    pub(crate) fn read(
        &'static self,
        head: &Head<'_>,
        url: Option<&PublicUrl>,
    ) -> Result<Envelope, VerifyErrorKind> {
        let mut scheme = self;
        let (signatures, time_beside) = loop {
            match signature::read(scheme, head)? {
                Some(read) => break read,
                None => scheme = scheme.alternative.ok_or(MissingSignature)?,
            }
        };
        for (name, value) in scheme.required {
            if head.header(name) != Ok(Some(value.as_bytes())) {
                return Err(MalformedSignature);
            }
        }
        let (time, time_text) = match scheme.time {
            Some(TimeRule { source, unit, .. }) => {
                let found = match source {
                    TimeSource::Header(name) => head.header(name),
                    TimeSource::Field(_) | TimeSource::FirstPosition => time_beside,
                };
                let text = found.ok().flatten().filter(|text| text.len() <= MAX_TIME_LEN);
                let text = text.ok_or(InvalidTimestamp)?;
                (Some(unit.parse(text).ok_or(InvalidTimestamp)?), text)
            }
            None => (None, &b""[..]),
        };
        let id = scheme.id_header.map_or(Ok(None), |name| head.header(name));
        let (id, id_is_valid) = match id {
            Ok(None) => (&b""[..], !scheme.signs_id),
            Ok(Some(id)) if scheme.is_id(id) => (id, true),
            _ => (&b""[..], false),
        };
        let part_text = |part: &Part| {
            let text = text(part, head, url, time_text, id)?;
            if scheme.runs_on(part, &text) { Err(MalformedSignature) } else { Ok(text) }
        };
        let labels = Labels::read(scheme, head, id, part_text)?;
        let encoded = headers::is_encoded(head.header(headers::CONTENT_ENCODING));
        Ok(Envelope { scheme, signatures, time, id_is_valid, labels, encoded })
    }

    /// Whether an id can be handed on, and it can be told where it ends if it is signed.
    pub(crate) fn is_id(&self, id: &[u8]) -> bool {
        Labels::is_readable(id) && self.id_end.is_none_or(|end| !id.contains(&end))
    }

    /// Whether a signed header contains the first byte of what is signed right behind it, so that one text could
    /// be read as two requests. The same rule as for the [id](Scheme::id_end).
    fn runs_on(&self, part: &Part, text: &[u8]) -> bool {
        matches!(part, Part::Header(_))
            && self.parts.windows(2).any(|pair| match pair {
                [each, Part::Literal(next)] if each == part => {
                    next.as_bytes().first().is_some_and(|end| text.contains(end))
                }
                _ => false,
            })
    }

    /// What is signed before the body, and after it.
    pub(crate) fn around_body(&self) -> (&'static [Part], &'static [Part]) {
        let mut halves = self.parts.splitn(2, |part| *part == Part::Body);
        (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
    }
}

impl Envelope {
    /// Whether the time is fresh at `now`, and the id valid.
    pub(crate) fn judge(
        &self,
        tolerance: Option<std::time::Duration>,
        now: impl FnOnce() -> UnixTime,
    ) -> Result<(), VerifyErrorKind> {
        if let Some(time) = self.time
            && !time.is_within(self.scheme.tolerance(tolerance), now())
        {
            return Err(TimestampOutsideTolerance);
        }
        if self.id_is_valid { Ok(()) } else { Err(InvalidDeliveryId) }
    }
}

/// The text of a part of what is signed, other than the body.
fn text<'a>(
    part: &Part,
    head: &Head<'a>,
    url: Option<&PublicUrl>,
    time: &'a [u8],
    id: &'a [u8],
) -> Result<Cow<'a, [u8]>, VerifyErrorKind> {
    let text = match part {
        Part::Body => Cow::Borrowed(&b""[..]),
        Part::Timestamp => Cow::Borrowed(time),
        Part::Id => Cow::Borrowed(id),
        Part::Literal(text) => Cow::Borrowed(text.as_bytes()),
        Part::Method => Cow::Borrowed(head.method().as_bytes()),
        Part::Url => {
            let url = url.map(|url| url.of_request(head.target())).unwrap_or_default();
            Cow::Owned(url.into_bytes())
        }
        Part::Header(name) => Cow::Borrowed(head.required(name)?),
    };
    if text.len() > MAX_PART_LEN { Err(MalformedSignature) } else { Ok(text) }
}
