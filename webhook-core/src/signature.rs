//! Reads signatures, and the time where it stands beside them, out of their headers.

use crate::error::VerifyErrorKind::{self, InvalidTimestamp, MalformedSignature};
use crate::few::Few;
use crate::headers::{Found, Head, Repeated};
use crate::mac::Tag;
use crate::scheme::{Format, Scheme, TimeRule, TimeSource};

/// How many signatures a request may carry. Each costs a comparison, which a stranger asks for.
pub const MAX_SIGNATURES: usize = 16;

/// How long a signature header may be: room for all signatures in their longest form, and then some.
const MAX_LEN: usize = 4096;

/// Reads what was `found` in the signature header, and any more such headers. Tells the time's text, for
/// schemes that keep it there; `Ok(None)` if none of the headers is there.
pub(crate) fn read<'a>(
    scheme: &Scheme,
    found: Found<'a>,
    head: &Head<'a>,
    signatures: &mut Option<Few<Tag>>,
) -> Result<Option<Found<'a>>, VerifyErrorKind> {
    let mut reader = Reader { scheme, signatures, items: 0, time: Ok(None) };
    let mut any = false;
    let more = scheme.more_signature_headers.iter().map(|name| head.header(name));
    for value in std::iter::once(found).chain(more) {
        if let Some(value) = value.map_err(|Repeated| MalformedSignature)? {
            reader.value(value)?;
            any = true;
        }
    }
    match reader.signatures {
        Some(_) => Ok(Some(reader.time)),
        None if any => Err(MalformedSignature),
        None => Ok(None),
    }
}

/// The items of a list, without white space around them. `contains` looks at a word at a time, so that the
/// last item, which is the longest in most lists, is not looked at byte by byte.
fn items(list: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let list = rest.take()?;
        if !list.contains(&separator) {
            return Some(list);
        }
        let mut halves = list.splitn(2, |byte| *byte == separator);
        let item = halves.next();
        rest = halves.next();
        item
    })
    .map(<[u8]>::trim_ascii)
}

struct Reader<'s, 'a> {
    scheme: &'s Scheme,
    signatures: &'s mut Option<Few<Tag>>,
    items: usize,
    time: Found<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn value(&mut self, value: &'a [u8]) -> Result<(), VerifyErrorKind> {
        if value.len() > MAX_LEN {
            return Err(MalformedSignature);
        }
        match self.scheme.format {
            // To compare nothing was measured to take 13 ns.
            Format::Whole { prefix: "" } => self.signature(value),
            Format::Whole { prefix } => {
                let text = value.strip_prefix(prefix.as_bytes()).ok_or(MalformedSignature)?;
                self.signature(text)
            }
            Format::Fields { separator, assign, key } => {
                for item in items(value, separator) {
                    let mut halves = item.splitn(2, |byte| *byte == assign);
                    let (Some(name), Some(text)) = (halves.next(), halves.next()) else {
                        continue;
                    };
                    if name == key.as_bytes() {
                        self.signature(text)?;
                    } else if self.is_time_field(name) {
                        self.time(text);
                    }
                }
                Ok(())
            }
            Format::Positional { separator } => {
                let mut items = items(value, separator);
                self.time(items.next().ok_or(InvalidTimestamp)?);
                items.try_for_each(|item| self.signature(item))
            }
        }
    }

    /// Counts every candidate, and keeps those that can be a signature at all.
    fn signature(&mut self, text: &[u8]) -> Result<(), VerifyErrorKind> {
        self.items += 1;
        if self.items > MAX_SIGNATURES {
            return Err(MalformedSignature);
        }
        let len = self.scheme.algorithm.tag_len();
        if let Some(tag) = self.scheme.encoding.decode(text, len) {
            match self.signatures {
                Some(signatures) => signatures.push(tag),
                None => *self.signatures = Some(Few::new(tag)),
            }
        }
        Ok(())
    }

    fn is_time_field(&self, name: &[u8]) -> bool {
        matches!(
            self.scheme.time,
            Some(TimeRule { source: TimeSource::Field(field), .. }) if name == field.as_bytes()
        )
    }

    fn time(&mut self, text: &'a [u8]) {
        self.time = match self.time {
            Ok(None) => Ok(Some(text)),
            _ => Err(Repeated),
        };
    }
}
