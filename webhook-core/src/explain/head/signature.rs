//! Signature headers that were changed on their way, or written in another way.

use super::token::{Token, tokens, unfolded};
use super::{MAX_OTHERS, shown};
use crate::explain::candidate::{Change, Variant};
use crate::explain::input::Request;
use crate::explain::layout;
use crate::keys::Encoding;
use crate::registry::{Credentials, Entry};
use crate::scheme::{Format, Outgoing, PublicUrl, Scheme, header_value};

/// How a provider writes its signature header.
enum Writing {
    Scheme(&'static Scheme),
    /// A text and then the signature, as the entry signs.
    Prefix(Vec<u8>),
}

pub(super) fn variants(entry: &Entry, request: &Request, names: &[String]) -> Vec<Variant> {
    let writing = match entry.scheme() {
        Some(scheme) => Writing::Scheme(layout::active(scheme, request)),
        None => Writing::Prefix(signed_prefix(entry, names)),
    };
    let present = names.iter().filter(|name| request.first(name).is_some());
    let mut found: Vec<Variant> =
        present.flat_map(|name| writing.repaired(request, name)).collect();
    if found.is_empty() {
        found = writing.renamed(entry, request, names);
    }
    found
}

impl Writing {
    /// The value with this signature.
    fn value(&self, received: &[u8], token: &str) -> Vec<u8> {
        match self {
            Self::Scheme(scheme) => {
                let time = time_in(received).unwrap_or_default();
                header_value(scheme, &time, token).into_bytes()
            }
            Self::Prefix(prefix) => [prefix, token.as_bytes()].concat(),
        }
    }

    /// What is before each signature.
    fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Scheme(scheme) => match scheme.format {
                Format::Whole { prefix } => prefix.as_bytes().to_vec(),
                Format::Fields { assign, key, .. } => [key.as_bytes(), &[assign]].concat(),
                Format::Positional { .. } => Vec::new(),
            },
            Self::Prefix(prefix) => prefix.clone(),
        }
    }

    fn encoding(&self, token: &Token) -> Vec<Encoding> {
        match self {
            Self::Scheme(scheme) => vec![scheme.encoding],
            Self::Prefix(_) => token.encodings().to_vec(),
        }
    }

    /// The values that may have been sent, with what became of each.
    fn values(&self, received: &[&[u8]]) -> Vec<(&'static str, Vec<u8>)> {
        let mut found: Vec<(&'static str, Vec<u8>)> = Vec::new();
        let mut push = |value: Vec<u8>, token: Option<&Token>| {
            let known = received.len() == 1 && received.first() == Some(&&*value);
            if !known && !found.iter().any(|(_, each)| *each == value) {
                found.push((self.defect(received, &value, token), value));
            }
        };
        for value in received {
            push(value.to_vec(), None);
            for clean in cleaned(value) {
                let prefix = self.prefix();
                let has_prefix = clean.windows(prefix.len().max(1)).any(|part| part == prefix);
                if !has_prefix {
                    push([&*prefix, &clean].concat(), None);
                }
                push(clean, None);
            }
            for token in tokens(value) {
                for encoding in self.encoding(&token) {
                    let text = if matches!(encoding, Encoding::Text) {
                        String::from_utf8_lossy(&token.text).into_owned()
                    } else {
                        encoding.encode(&token.bytes)
                    };
                    push(self.value(value, &text), Some(&token));
                }
            }
        }
        found
    }

    fn repaired(&self, request: &Request, name: &str) -> Vec<Variant> {
        let values = self.values(&request.values(name));
        values
            .into_iter()
            .map(|(id, value)| {
                let evidence = format!("with `{name}` as the provider writes it: {}", phrase(id));
                Variant::new(id, evidence, Change::Headers(request.with_header(name, &value)))
            })
            .collect()
    }

    /// The signature from a header of another name. If one was renamed, others may have been, too.
    fn renamed(&self, entry: &Entry, request: &Request, names: &[String]) -> Vec<Variant> {
        let mut found = Vec::new();
        let id = "signature-header-renamed";
        let Some(own) = names.first() else { return found };
        for (name, value) in request.headers.iter().take(MAX_OTHERS) {
            let plain = [("", value.clone())];
            let rebuilt = self.values(&[value]);
            for (_, value) in plain.into_iter().chain(rebuilt) {
                let headers = request.with_header(own, &value);
                let evidence = format!("with the header `{}` read as `{own}`", shown(name));
                let renamed = Request { headers, ..request.clone() };
                if let Some(all) =
                    entry.scheme().and_then(|scheme| with_others(scheme, &renamed, name))
                {
                    let evidence = format!("{evidence}, and others that were renamed alike");
                    found.push(Variant::new(id, evidence, Change::Headers(all)));
                }
                found.push(Variant::new(id, evidence, Change::Headers(renamed.headers)));
            }
        }
        found
    }

    /// What is wrong with the received values if this one is right.
    fn defect(&self, received: &[&[u8]], value: &[u8], token: Option<&Token>) -> &'static str {
        let [first] = received else { return "signature-header-repeated" };
        let has = |bytes: &[u8]| first.iter().any(|byte| bytes.contains(byte));
        let count = |text: &[u8]| match text.len() {
            0 => 1,
            len => first.windows(len).filter(|window| *window == text).count(),
        };
        let without_spaces = |text: &[u8]| -> Vec<u8> {
            text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
        };
        let (clean, spaceless) = (without_spaces(first), without_spaces(value));
        let is_in = token.is_none_or(|token| {
            let text = token.text.to_ascii_lowercase();
            value.to_ascii_lowercase().windows(text.len()).any(|window| window == text)
        });
        if has(b"\r\n") {
            "signature-header-folded"
        } else if has(b"\"'`") {
            "signature-header-quotes"
        } else if !is_in {
            "signature-encoding"
        } else if clean == spaceless {
            "signature-header-spaces"
        } else if first.eq_ignore_ascii_case(value) {
            "signature-case"
        } else if token.is_some_and(|token| count(&token.text) > 1)
            || value.len() * 2 < first.len() + 3 && token.is_none()
        {
            "signature-header-repeated"
        } else if count(&self.prefix()) > 1 {
            "signature-prefix-doubled"
        } else if count(&self.prefix()) == 0 || value.ends_with(first) {
            "signature-prefix-missing"
        } else {
            "signature-header-malformed"
        }
    }
}

fn phrase(id: &str) -> &'static str {
    match id {
        "signature-header-folded" => "without the line break",
        "signature-header-quotes" => "without quotes",
        "signature-header-spaces" => "without the spaces",
        "signature-header-repeated" => "once",
        "signature-encoding" => "in the other encoding",
        "signature-case" => "in the right case",
        "signature-prefix-missing" => "with its prefix",
        "signature-prefix-doubled" => "with its prefix once",
        _ => "the signature in its place",
    }
}

/// The value without what may have been added.
fn cleaned(value: &[u8]) -> Vec<Vec<u8>> {
    let unfold = [unfolded(value, b""), unfolded(value, b" ")];
    let bare = |byte: &&u8| !b"\"'`".contains(byte);
    let unquoted = value.iter().filter(bare).copied().collect();
    let half = value.get(..value.len() / 2).unwrap_or_default();
    let first = half.strip_suffix(b",").unwrap_or(half).trim_ascii();
    let of_list = value.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
    let [joined, spaced] = unfold;
    let lists = [first.to_vec(), of_list.to_vec()];
    let behind = value.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or_default().to_vec();
    let all = [joined, spaced, value.trim_ascii().to_vec(), unquoted].into_iter();
    all.chain(lists).chain([behind]).filter(|value| !value.is_empty()).collect()
}

/// A time in seconds or milliseconds.
fn time_in(value: &[u8]) -> Option<String> {
    let value = unfolded(value, b"");
    let mut words = value.split(|byte| !byte.is_ascii_alphanumeric());
    let digits =
        words.find(|word| (9..=13).contains(&word.len()) && word.iter().all(u8::is_ascii_digit));
    digits.map(|digits| String::from_utf8_lossy(digits).into_owned())
}

/// What a hand-written provider writes before the signature when it signs.
fn signed_prefix(entry: &Entry, names: &[String]) -> Vec<u8> {
    let sample = || {
        let key = crate::keys::SecretText::new("00112233445566778899aabbccddeeff").ok()?;
        let url = PublicUrl::new("https://example.com/").ok()?;
        let credentials = Credentials::new(key).for_url(url);
        let outgoing = Outgoing::new(b"{}", crate::timestamp::UnixTime::from_secs(0)).id("a");
        let headers = entry.sign(&credentials, &outgoing).ok()?;
        let (_, value) =
            headers.into_iter().find(|(name, _)| names.iter().any(|each| each == name))?;
        let token = tokens(value.as_bytes()).pop()?;
        let at =
            value.as_bytes().windows(token.text.len()).position(|window| window == token.text)?;
        value.as_bytes().get(..at).map(<[u8]>::to_vec)
    };
    sample().unwrap_or_default()
}

/// The headers with the time and the id under their names, if they were renamed as the signature was.
fn with_others(
    scheme: &'static Scheme,
    request: &Request,
    renamed: &str,
) -> Option<Vec<(String, Vec<u8>)>> {
    let renamed = renamed.to_ascii_lowercase().replace('_', "-");
    let wanted = [layout::time_header(scheme), scheme.id_header];
    let mut missing =
        wanted.into_iter().flatten().filter(|name| request.first(name).is_none()).peekable();
    missing.peek()?;
    let mut headers = request.clone();
    for name in missing {
        let last = name.rsplit('-').next().unwrap_or(name);
        // The header whose name is the most like it.
        let alike = |each: &str| {
            let each = each.to_ascii_lowercase().replace('_', "-");
            let common = each.bytes().zip(renamed.bytes()).take_while(|(a, b)| a == b).count();
            (each != renamed && each.ends_with(last)).then_some(common)
        };
        let best = request.headers.iter().filter_map(|(each, value)| Some((alike(each)?, value)));
        let (_, value) = best.max_by_key(|(common, _)| *common)?;
        headers.headers = headers.with_header(name, value);
    }
    Some(headers.headers)
}
