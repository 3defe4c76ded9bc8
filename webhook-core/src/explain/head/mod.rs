//! What goes wrong with headers.

mod names;
mod signature;
mod token;

pub(super) use names::signature_headers;
pub(super) use token::{Token, tokens};

use super::candidate::{Change, Variant};
use super::input::Request;
use super::layout;
use crate::registry::Entry;
use crate::scheme::{Scheme, TimeSource};

/// How many other headers are tried in place of one.
const MAX_OTHERS: usize = 32;

/// The headers that may have been sent, the likeliest first. `names` are those of the provider's signatures.
pub(super) fn variants(entry: &Entry, request: &Request, names: &[String]) -> Vec<Variant> {
    let mut found = signature::variants(entry, request, names);
    match entry.scheme() {
        Some(scheme) => {
            let scheme = layout::active(scheme, request);
            found.extend(times(scheme, request));
            found.extend(ids(scheme, request));
            found.extend(required(scheme, request));
        }
        None => found.extend(exchanged(request, names)),
    }
    found.extend(content_types(request));
    found
}

/// Renders a name that somebody sent.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(64).collect()
}

fn others<'a>(request: &'a Request, name: &str) -> impl Iterator<Item = &'a (String, Vec<u8>)> {
    let others = request
        .headers
        .iter()
        .filter(move |(each, value)| !each.eq_ignore_ascii_case(name) && value.len() <= 255);
    others.take(MAX_OTHERS).collect::<Vec<_>>().into_iter()
}

/// Other times: from another header, or in another unit.
fn times(scheme: &'static Scheme, request: &Request) -> Vec<Variant> {
    let Some(rule) = scheme.time else { return Vec::new() };
    let present = layout::time_text(scheme, request);
    let with = |text: &[u8]| {
        if let TimeSource::Header(name) = rule.source {
            return Some(request.with_header(name, text));
        }
        let value = request.first(scheme.signature_header)?;
        let other = replace_once(value, present?, text)?;
        Some(request.with_header(scheme.signature_header, &other))
    };
    let mut found = Vec::new();
    let mut push = |id, evidence: String, text: &[u8]| {
        found
            .extend(with(text).map(|headers| Variant::new(id, evidence, Change::Headers(headers))));
    };
    if let Some(text) = present {
        if let Some(seconds) = text.strip_suffix(b"000").filter(|text| text.len() > 8) {
            push("timestamp-milliseconds", "with the time in seconds".to_owned(), seconds);
        }
        let thousand = [text, b"000"].concat();
        push("timestamp-seconds", "with the time in milliseconds".to_owned(), &thousand);
        if let Some((seconds, _)) = text.split_last_chunk::<3>().filter(|_| text.len() == 13) {
            push("timestamp-milliseconds", "with the time in seconds".to_owned(), seconds);
        }
        let clean = text.trim_ascii().trim_ascii_end();
        let unquoted: Vec<u8> =
            clean.iter().copied().filter(|byte| !b"\"'\r\n ".contains(byte)).collect();
        if unquoted != text {
            push(
                "timestamp-missing",
                "with the time without quotes and spaces".to_owned(),
                &unquoted,
            );
        }
    }
    let own = match rule.source {
        TimeSource::Header(name) => name,
        _ => scheme.signature_header,
    };
    for (name, value) in others(request, own).filter(|(_, value)| rule.unit.parse(value).is_some())
    {
        let id =
            if present.is_some() { "timestamp-other-header" } else { "signature-header-renamed" };
        push(id, format!("with the time from the header `{}`", shown(name)), value);
    }
    found
}

/// Other ids: from other headers, and from the body.
fn ids(scheme: &'static Scheme, request: &Request) -> Vec<Variant> {
    let Some(name) = scheme.id_header.filter(|_| scheme.signs_id) else { return Vec::new() };
    let is_missing = request.first(name).is_none();
    let mut found = Vec::new();
    let mut push = |id, evidence: String, text: &[u8]| {
        if scheme.is_id(text) && request.first(name) != Some(text) {
            found.push(Variant::new(
                id,
                evidence,
                Change::Headers(request.with_header(name, text)),
            ));
        }
    };
    if let Some(value) = request.first(name) {
        let clean: Vec<u8> =
            value.iter().copied().filter(|byte| !b"\"'\r\n ".contains(byte)).collect();
        push("id-wrong", "with the id without quotes and spaces".to_owned(), &clean);
        push("id-wrong", "with the first of the headers with the id".to_owned(), value);
    }
    for (other, value) in others(request, name) {
        let id = if is_missing { "signature-header-renamed" } else { "id-wrong" };
        push(id, format!("with the id from the header `{}`", shown(other)), value);
    }
    for (_, value) in super::body::ids(&request.body) {
        push("id-wrong", "with an id from the body".to_owned(), value.as_bytes());
    }
    found
}

/// Headers that are always the same.
fn required(scheme: &Scheme, request: &Request) -> Option<Variant> {
    let wrong =
        scheme.required.iter().filter(|(name, value)| request.values(name) != [value.as_bytes()]);
    let names: Vec<_> = wrong.clone().map(|(name, _)| format!("`{name}`")).collect();
    let headers = wrong.fold(request.headers.clone(), |headers, (name, value)| {
        let request = Request { headers, ..request.clone() };
        request.with_header(name, value.as_bytes())
    });
    let evidence = format!("with the documented value of {}", names.join(", "));
    (!names.is_empty()).then(|| Variant::new("header-required", evidence, Change::Headers(headers)))
}

/// The values of other headers in place of those of a hand-written provider.
fn exchanged(request: &Request, names: &[String]) -> Vec<Variant> {
    let wanted = request
        .headers
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !names.iter().any(|each| each.eq_ignore_ascii_case(name)));
    let mut found = Vec::new();
    let is_id = |name: &&String| {
        let name = name.to_ascii_lowercase();
        name.ends_with("id") || name.ends_with("nonce")
    };
    for name in wanted.clone().filter(is_id) {
        for (other, value) in others(request, name) {
            let evidence = format!("with the id from the header `{}`", shown(other));
            let change = Change::Headers(request.with_header(name, value));
            found.push(Variant::new("id-wrong", evidence, change));
        }
    }
    for name in wanted.filter(|name| name.to_ascii_lowercase().contains("time")) {
        let time = request.first(name).unwrap_or_default();
        let seconds = time
            .split_last_chunk::<3>()
            .map(|(seconds, _)| ("timestamp-milliseconds", "seconds", seconds.to_vec()));
        let millis = ("timestamp-seconds", "milliseconds", [time, b"000"].concat());
        for (id, unit, value) in seconds.filter(|_| time.len() == 13).into_iter().chain([millis]) {
            let change = Change::Headers(request.with_header(name, &value));
            found.push(Variant::new(id, format!("with the time in {unit}"), change));
        }
        for (other, value) in others(request, name) {
            let evidence = format!("with the time from the header `{}`", shown(other));
            let headers = request.with_header(name, value);
            found.push(Variant::new("timestamp-other-header", evidence, Change::Headers(headers)));
        }
    }
    found
}

fn content_types(request: &Request) -> Vec<Variant> {
    let types = [crate::form::CONTENT_TYPE, "application/json"];
    let others = types.into_iter().filter(|each| request.text("content-type") != Some(each));
    let variant = |value: &str| {
        let headers = request.with_header("content-type", value.as_bytes());
        Variant::new(
            "content-type-changed",
            format!("with the `Content-Type` `{value}`"),
            Change::Headers(headers),
        )
    };
    others.map(variant).collect()
}

fn replace_once(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let at = text.windows(from.len().max(1)).position(|window| window == from)?;
    Some([text.get(..at)?, to, text.get(at + from.len()..)?].concat())
}

/// What is plain from the headers, without a variant that verifies.
pub(super) fn plain(
    entry: &Entry,
    request: &Request,
    names: &[String],
    refused: Option<crate::error::VerifyErrorKind>,
) -> Vec<(&'static str, String)> {
    use crate::error::VerifyErrorKind as Kind;

    let listed = || names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    let values: Vec<_> = names.iter().map(|name| request.values(name)).collect();
    let any = |test: fn(&[u8]) -> bool| values.iter().flatten().any(|value| test(value));
    let found = match refused {
        _ if !names.is_empty() && values.iter().all(Vec::is_empty) => {
            ("signature-header-missing", format!("the request has no header {}", listed()))
        }
        _ if values.iter().any(|values| values.len() > 1) => {
            ("signature-header-repeated", format!("the request has several headers {}", listed()))
        }
        _ if any(|value| value.contains(&b'\n') || value.contains(&b'\r')) => {
            ("signature-header-folded", format!("the value of {} has a line break in it", listed()))
        }
        Some(Kind::MissingSignature) => {
            ("signature-header-missing", "the request has no signature".to_owned())
        }
        Some(Kind::MalformedSignature) => (
            "signature-header-malformed",
            format!("{} cannot be read as {} sends it", listed(), entry.title()),
        ),
        Some(Kind::InvalidTimestamp) => (
            "timestamp-missing",
            "the time is missing, repeated, or not written as the provider does".to_owned(),
        ),
        Some(Kind::InvalidDeliveryId) => {
            ("id-missing", "the id is missing, repeated or malformed".to_owned())
        }
        Some(Kind::KeyUnavailable) => {
            ("key-unavailable", "the request names a key that was not given".to_owned())
        }
        _ => return Vec::new(),
    };
    vec![found]
}
