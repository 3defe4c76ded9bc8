//! Where a scheme has its values in a request.

use super::input::Request;
use crate::scheme::{Format, Scheme, TimeSource};

/// The scheme, or its alternative if the signature header of that is present.
pub(super) fn active(scheme: &'static Scheme, request: &Request) -> &'static Scheme {
    let mut each = Some(scheme);
    while let Some(scheme) = each {
        if signature_headers(scheme).any(|name| request.first(name).is_some()) {
            return scheme;
        }
        each = scheme.alternative;
    }
    scheme
}

/// The signature headers of a scheme, without those of its alternative.
pub(super) fn signature_headers(scheme: &Scheme) -> impl Iterator<Item = &'static str> {
    std::iter::once(scheme.signature_header).chain(scheme.more_signature_headers.iter().copied())
}

/// The text of the signed time.
pub(super) fn time_text<'a>(scheme: &Scheme, request: &'a Request) -> Option<&'a [u8]> {
    let signature = request.first(scheme.signature_header);
    match (scheme.time?.source, scheme.format) {
        (TimeSource::Header(name), _) => request.first(name),
        (TimeSource::Field(field), Format::Fields { separator, assign, .. }) => {
            signature?.split(|byte| *byte == separator).find_map(|item| {
                let rest = item.trim_ascii().strip_prefix(field.as_bytes())?;
                rest.strip_prefix(&[assign])
            })
        }
        (_, Format::Positional { separator }) => {
            signature?.split(|byte| *byte == separator).next().map(<[u8]>::trim_ascii)
        }
        _ => None,
    }
}

/// The header with the signed time, if it has one of its own.
pub(super) fn time_header(scheme: &Scheme) -> Option<&'static str> {
    match scheme.time?.source {
        TimeSource::Header(name) => Some(name),
        _ => None,
    }
}
