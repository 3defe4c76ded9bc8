//! Bodies that were treated as text.

use crate::explain::candidate::Variant;

const MARK: &[u8] = b"\xef\xbb\xbf";
/// U+FFFD in UTF-8.
const REPLACEMENT: &[u8] = b"\xef\xbf\xbd";
/// Longer bodies are not searched for the bytes that U+FFFD replaced.
const SMALL: usize = 2048;

/// Final newlines.
pub(super) fn newlines(body: &[u8]) -> Vec<Variant> {
    let trimmed = body.trim_ascii_end();
    let one = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n"));
    let mut found = Vec::new();
    for end in [&b"\n"[..], b"\r\n"] {
        let name = if end.len() == 1 { "newline" } else { "CRLF" };
        if let Some(before) = body.strip_suffix(end) {
            found.push(Variant::body(
                "body-newline-added",
                format!("with the final {name} removed from the body"),
                before.to_vec(),
            ));
        }
    }
    if trimmed.len() < one.unwrap_or(body).len() {
        found.push(Variant::body(
            "body-newline-added",
            "with all white space removed from the end of the body",
            trimmed.to_vec(),
        ));
    }
    if !body.is_empty() {
        for (name, end) in [("newline", &b"\n"[..]), ("CRLF", b"\r\n")] {
            found.push(Variant::body(
                "body-newline-lost",
                format!("with a final {name} added to the body"),
                [body, end].concat(),
            ));
        }
    }
    found
}

/// CRLF and LF.
pub(super) fn line_ends(body: &[u8]) -> Vec<Variant> {
    let lf = replaced(body, b"\r\n", b"\n");
    let crlf = replaced(&lf, b"\n", b"\r\n");
    let mut found = Vec::new();
    if lf != body {
        if let Some(without) = lf.strip_suffix(b"\n") {
            found.push(Variant::body(
                "body-crlf",
                "with LF for each CRLF in the body, and without the last one",
                without.to_vec(),
            ));
        }
        found
            .insert(0, Variant::body("body-crlf", "with LF for each CRLF in the body", lf.clone()));
    }
    if crlf != body {
        found.push(Variant::body("body-lf", "with CRLF for each LF in the body", crlf));
    }
    // `curl -d @file` removes line ends.
    found
}

fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = behind;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// Bodies that were decoded and encoded again.
pub(super) fn encodings(body: &[u8]) -> Vec<Variant> {
    let mut found = Vec::new();
    let mut push = |evidence: &str, body: Vec<u8>| {
        found.push(Variant::body("body-text-encoding", evidence, body));
    };
    match body.strip_prefix(MARK) {
        Some(bare) => push("without the byte order mark before the body", bare.to_vec()),
        None if !body.is_empty() => {
            push("with a byte order mark before the body", [MARK, body].concat());
        }
        None => {}
    }
    match std::str::from_utf8(body) {
        Ok(text) if !text.is_ascii() => {
            let latin1: Option<Vec<u8>> =
                text.chars().map(|char| u8::try_from(char).ok()).collect();
            if let Some(latin1) = latin1 {
                push("with the body's characters as Latin-1 instead of UTF-8", latin1);
            }
        }
        Ok(_) => {}
        Err(_) => {
            let utf8: String = body.iter().map(|byte| char::from(*byte)).collect();
            push("with the body's characters as UTF-8 instead of Latin-1", utf8.into_bytes());
        }
    }
    if let (pairs, []) = body.as_chunks::<2>() {
        for unit in [u16::from_le_bytes, u16::from_be_bytes] {
            let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
            if let Ok(text) = String::from_utf16(&units) {
                push(
                    "with the body as UTF-8 instead of UTF-16",
                    text.trim_start_matches('\u{feff}').into(),
                );
            }
        }
    }
    found
}

/// The bytes that one or two replacement characters may stand for.
pub(super) fn replaced_bytes(body: &[u8]) -> impl Iterator<Item = Variant> + '_ {
    let places: Vec<_> = (0..body.len().saturating_sub(2))
        .filter(|at| body.get(*at..).is_some_and(|rest| rest.starts_with(REPLACEMENT)))
        .collect();
    let bytes = match places.len() {
        1 => 128,
        2 if body.len() <= SMALL => 128 * 128,
        _ => 0_usize,
    };
    (0..bytes).map(move |number| {
        let mut out = Vec::with_capacity(body.len());
        let (mut done, mut number) = (0, number);
        for at in &places {
            out.extend_from_slice(body.get(done..*at).unwrap_or_default());
            out.push(0x80 | u8::try_from(number % 128).unwrap_or_default());
            number /= 128;
            done = at + REPLACEMENT.len();
        }
        out.extend_from_slice(body.get(done..).unwrap_or_default());
        let evidence = "with a byte that is not UTF-8 for each U+FFFD in the body";
        Variant::body("body-text-encoding", evidence, out)
    })
}

/// Whether it is the start of a JSON text.
pub(super) fn is_cut_json(body: &[u8]) -> bool {
    let starts = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    // A character may be cut, too.
    let text = std::str::from_utf8(body).unwrap_or_else(|error| {
        let is_cut = error.error_len().is_none();
        let valid = body.get(..error.valid_up_to()).filter(|_| is_cut).unwrap_or_default();
        std::str::from_utf8(valid).unwrap_or_default()
    });
    let read = serde_json::from_str::<serde::de::IgnoredAny>(text);
    starts && read.is_err_and(|error| error.is_eof())
}

/// U+FFFD is what a decoder leaves of bytes that are not text.
pub(super) fn plain(body: &[u8]) -> Option<(&'static str, String)> {
    let count = body.windows(REPLACEMENT.len()).filter(|window| *window == REPLACEMENT).count();
    let evidence = format!(
        "the body contains U+FFFD {count} times: a decoder writes it in place of bytes that are not UTF-8, which are lost"
    );
    (count > 0).then_some(("body-text-encoding", evidence))
}
