//! Reads signatures, and the time where it stands beside them, out of their headers.

use crate::error::VerifyErrorKind::{self, InvalidTimestamp, MalformedSignature};
use crate::few::Few;
use crate::headers::{Head, Repeated};
use crate::mac::Tag;
use crate::scheme::{Format, Scheme, TimeRule, TimeSource};

/// How many signatures a request may carry. Each costs a comparison, which a stranger asks for.
pub const MAX_SIGNATURES: usize = 16;

/// How long a signature header may be: room for all signatures in their longest form, and then some.
const MAX_LEN: usize = 4096;

/// What the signature headers of a request say.
pub(crate) struct Claimed<'a> {
    pub(crate) signatures: Few<Tag>,
    /// The time's text, if the scheme keeps it in this header.
    pub(crate) time: Result<Option<&'a [u8]>, Repeated>,
}

/// `Ok(None)` if no signature header is there at all.
pub(crate) fn read<'a>(
    scheme: &Scheme,
    head: &Head<'a>,
) -> Result<Option<Claimed<'a>>, VerifyErrorKind> {
    let mut reader = Reader { scheme, signatures: None, items: 0, time: Ok(None) };
    let mut found = false;
    for name in std::iter::once(&scheme.signature_header).chain(scheme.more_signature_headers) {
        if let Some(value) = head.header(name).map_err(|Repeated| MalformedSignature)? {
            reader.value(value)?;
            found = true;
        }
    }
    match reader.signatures {
        Some(signatures) => Ok(Some(Claimed { signatures, time: reader.time })),
        None if found => Err(MalformedSignature),
        None => Ok(None),
    }
}

struct Reader<'s, 'a> {
    scheme: &'s Scheme,
    signatures: Option<Few<Tag>>,
    items: usize,
    time: Result<Option<&'a [u8]>, Repeated>,
}

impl<'a> Reader<'_, 'a> {
    fn value(&mut self, value: &'a [u8]) -> Result<(), VerifyErrorKind> {
        if value.len() > MAX_LEN {
            return Err(MalformedSignature);
        }
        match self.scheme.format {
            Format::Whole { prefix } => {
                let text = value.strip_prefix(prefix.as_bytes()).ok_or(MalformedSignature)?;
                self.signature(text)
            }
            Format::Fields { separator, assign, key } => {
                for item in value.split(|byte| *byte == separator).map(<[u8]>::trim_ascii) {
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
                let mut items = value.split(|byte| *byte == separator).map(<[u8]>::trim_ascii);
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
            match &mut self.signatures {
                Some(signatures) => signatures.push(tag),
                none => *none = Some(Few::new(tag)),
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
