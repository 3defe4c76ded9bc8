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

/// The values that a verification needs from a request's head. Nothing in it is authentic yet.
pub(crate) struct Envelope {
    /// The scheme that the head was read by: the provider's, or its alternative.
    pub(crate) scheme: &'static Scheme,
    pub(crate) signatures: Few<Signature>,
    /// The signed time.
    pub(crate) time: Option<UnixTime>,
    /// `false` if the id is malformed, or signed and missing.
    pub(crate) id_is_valid: bool,
    /// The text that is signed around the body, the id and the hints.
    pub(crate) labels: Labels,
    /// Whether the body has a `Content-Encoding`.
    pub(crate) encoded: bool,
}

/// Longer than any valid timestamp.
const MAX_TIME_LEN: usize = 64;

/// The maximum length of the signed parts of a head, which are copied.
const MAX_PART_LEN: usize = 16 * 1024;

impl Envelope {
    /// Creates a value that [`read`](Self::read) fills by this scheme.
    pub(crate) fn new(scheme: &'static Scheme) -> Self {
        Self {
            scheme,
            signatures: Few::new(Signature::empty()),
            time: None,
            id_is_valid: false,
            labels: Labels::NONE,
            encoded: false,
        }
    }

    /// Reads a head by the scheme, or by the alternative whose signature header is present. `url` is the
    /// public URL, for schemes that sign it. After an error the value must not be used.
    ///
    /// Defects are reported in the order of the rejections. Defects that come after a stale time are left to
    /// [`judge`](Self::judge).
    #[inline]
    pub(crate) fn read(
        &mut self,
        head: &Head<'_>,
        url: Option<&PublicUrl>,
    ) -> Result<(), VerifyErrorKind> {
        let mut scheme = self.scheme;
        let time_beside = loop {
            match signature::read(scheme, head, &mut self.signatures)? {
                Some(time) => break time,
                None => scheme = scheme.alternative.ok_or(MissingSignature)?,
            }
        };
        self.scheme = scheme;
        for (name, value) in scheme.required {
            if head.header(name) != Ok(Some(value.as_bytes())) {
                return Err(MalformedSignature);
            }
        }
        let mut time_text = &b""[..];
        if let Some(TimeRule { source, unit, .. }) = scheme.time {
            let found = match source {
                TimeSource::Header(name) => head.header(name),
                TimeSource::Field(_) | TimeSource::FirstPosition => time_beside,
            };
            let text = found.ok().flatten().filter(|text| text.len() <= MAX_TIME_LEN);
            time_text = text.ok_or(InvalidTimestamp)?;
            self.time = Some(unit.parse(time_text).ok_or(InvalidTimestamp)?);
        }
        let id = scheme.id_header.map_or(Ok(None), |name| head.header(name));
        let id = match id {
            Ok(None) => {
                self.id_is_valid = !scheme.signs_id;
                &b""[..]
            }
            Ok(Some(id)) if scheme.is_id(id) => {
                self.id_is_valid = true;
                id
            }
            _ => &b""[..],
        };
        let part_text = |part: &Part| {
            let text = text(part, head, url, time_text, id)?;
            if scheme.runs_on(part, &text) { Err(MalformedSignature) } else { Ok(text) }
        };
        self.labels.read(scheme, head, id, part_text)?;
        self.encoded = headers::is_encoded(head.header(headers::CONTENT_ENCODING));
        Ok(())
    }

    /// Checks that the time is fresh at `now`, and that the id is valid.
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

impl Scheme {
    /// Returns whether the id can be stored and logged and, if it is signed, has an unambiguous end.
    pub(crate) fn is_id(&self, id: &[u8]) -> bool {
        Labels::is_readable(id) && self.id_end.is_none_or(|end| !id.contains(&end))
    }

    /// Returns whether a signed header contains the first byte of the literal that is signed right behind it, so
    /// that one text could be read as two requests. The same rule as for the [id](Scheme::id_end).
    fn runs_on(&self, part: &Part, text: &[u8]) -> bool {
        matches!(part, Part::Header(_))
            && self.parts.windows(2).any(|pair| match pair {
                [each, Part::Literal(next)] if each == part => {
                    next.as_bytes().first().is_some_and(|end| text.contains(end))
                }
                _ => false,
            })
    }

    /// Returns the parts that are signed before the body, and those after it.
    pub(crate) fn around_body(&self) -> (&'static [Part], &'static [Part]) {
        let body = self.parts.iter().position(|part| matches!(part, Part::Body));
        let (before, from_body) =
            self.parts.split_at_checked(body.unwrap_or_default()).unwrap_or_default();
        (before, from_body.get(1..).unwrap_or_default())
    }
}

/// Returns the text of a signed part other than the body.
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
