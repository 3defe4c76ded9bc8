//! What senders sign besides what the provider documents: computed, not sent. For providers with a scheme.

use super::candidate::{Candidate, Key};
use super::head::{Token, tokens};
use super::layout;
use super::trial::{Trial, Verdict};
use crate::headers::Head;
use crate::keys::{Algorithm, Keys, Mac};
use crate::scheme::{Part, PublicUrl, Scheme};

/// A finding: ids, and how it shows.
pub(super) type Computed = (Vec<&'static str>, String, Verdict);

const ALGORITHMS: [(Algorithm, &str); 4] = [
    (Algorithm::HmacSha256, "HMAC-SHA256"),
    (Algorithm::HmacSha1, "HMAC-SHA1"),
    (Algorithm::HmacSha512, "HMAC-SHA512"),
    (Algorithm::HmacSha384, "HMAC-SHA384"),
];

/// A text that may have been signed.
struct Content {
    id: Option<&'static str>,
    what: &'static str,
    parts: Vec<Vec<u8>>,
}

/// Looks for a signature of something else in the signature headers.
pub(super) fn explain(
    scheme: &'static Scheme,
    trial: &mut Trial<'_>,
    candidate: &Candidate,
) -> Option<Computed> {
    if matches!(scheme.algorithm, Algorithm::Token) {
        return None;
    }
    let scheme = layout::active(scheme, &candidate.request);
    let received: Vec<_> = layout::signature_headers(scheme)
        .flat_map(|name| candidate.request.values(name))
        .flat_map(tokens)
        .collect();
    if received.is_empty() {
        return None;
    }
    let key = match &candidate.key {
        Key::Text(text) => text.decode(scheme.key).ok()?,
        Key::Bytes(bytes) => bytes.clone(),
    };
    for content in contents(scheme, candidate) {
        let parts: Vec<&[u8]> = content.parts.iter().map(Vec::as_slice).collect();
        for (algorithm, name) in algorithms(scheme) {
            if !trial.pay(parts.iter().map(|part| part.len()).sum()) {
                return None;
            }
            let is_own = algorithm as u8 == scheme.algorithm as u8;
            let Some(matched) = matched(scheme, algorithm, &key, &parts, &received) else {
                continue;
            };
            let mut ids = Vec::new();
            let mut evidence = Vec::new();
            if !is_own {
                ids.push("signature-algorithm");
                evidence.push(format!("as {name}"));
            }
            if let Some(id) = content.id {
                ids.push(id);
                evidence.push(content.what.to_owned());
            }
            if ids.is_empty() && matched == Matched::InAnotherCase {
                ids.push("signature-case");
                evidence.push("if the case of its letters is ignored".to_owned());
            }
            if !ids.is_empty() {
                return Some((ids, evidence.join(" and "), freshness(scheme, candidate)));
            }
        }
    }
    None
}

fn algorithms(scheme: &Scheme) -> Vec<(Algorithm, &'static str)> {
    if scheme.algorithm.is_public_key() {
        return vec![(scheme.algorithm, "its own")];
    }
    let own = |(each, _): &(Algorithm, &str)| *each as u8 == scheme.algorithm as u8;
    let (mut all, others): (Vec<_>, Vec<_>) = ALGORITHMS.into_iter().partition(own);
    all.extend(others);
    all
}

#[derive(PartialEq)]
enum Matched {
    Exactly,
    InAnotherCase,
}

fn matched(
    scheme: &Scheme,
    algorithm: Algorithm,
    key: &[u8],
    parts: &[&[u8]],
    received: &[Token],
) -> Option<Matched> {
    if let Some(mac) = Mac::new(algorithm, key) {
        let tag = mac.tag(parts);
        let tag = tag.as_bytes();
        let text = scheme.encoding.encode(tag);
        // `=` is none of a token's text if it is in the middle of the header.
        let is_text = |token: &Token| token.text.eq_ignore_ascii_case(text.as_bytes());
        if received.iter().any(|token| token.bytes == tag) {
            return Some(Matched::Exactly);
        }
        return received.iter().any(is_text).then_some(Matched::InAnotherCase);
    }
    let keys = Keys::of_bytes(scheme, key)?;
    let is_signed = received.iter().any(|token| verifies(&keys, &token.bytes, parts));
    is_signed.then_some(Matched::Exactly)
}

#[cfg(feature = "_public-key")]
fn verifies(keys: &Keys, signature: &[u8], parts: &[&[u8]]) -> bool {
    let Keys::Public(keys) = keys else { return false };
    let message = parts.concat();
    let digest = crate::keys::sha256(&[&message]);
    let message = crate::keys::Message { parts: [&message, &[], &[]], digest };
    keys.first().verifies(signature, &message)
}

#[cfg(not(feature = "_public-key"))]
const fn verifies(_: &Keys, _: &[u8], _: &[&[u8]]) -> bool {
    false
}

/// Whether the signed time is fresh, if there is one.
fn freshness(scheme: &Scheme, candidate: &Candidate) -> Verdict {
    let request = &candidate.request;
    let text = layout::time_text(scheme, request);
    match scheme.time.zip(text).and_then(|(rule, text)| Some((rule, rule.unit.parse(text)?))) {
        Some((rule, time)) if !time.is_within(rule.tolerance, request.received_at) => {
            Verdict::At(time)
        }
        _ => Verdict::Verified,
    }
}

/// The documented text, and what is signed instead of it.
fn contents(scheme: &'static Scheme, candidate: &Candidate) -> Vec<Content> {
    let has = |part: fn(&Part) -> bool| scheme.parts.iter().any(part);
    let (time, id, url) = (
        has(|part| matches!(part, Part::Timestamp)),
        has(|part| matches!(part, Part::Id)),
        has(|part| matches!(part, Part::Url)),
    );
    let mut found = Vec::new();
    let mut push = |is_signed: bool, content_id, what, parts: Option<Vec<Vec<u8>>>| {
        if let Some(parts) = parts.filter(|_| is_signed) {
            found.push(Content { id: content_id, what, parts });
        }
    };
    let texts = |without: fn(&Part) -> bool| texts(scheme, candidate, without);
    let body = || Some(vec![candidate.request.body.to_vec()]);
    let no_time = "if the time is left out of what is signed";
    push(true, None, "", texts(|_| false));
    push(
        time,
        Some("timestamp-not-signed"),
        no_time,
        texts(|part| matches!(part, Part::Timestamp)),
    );
    push(
        time,
        Some("timestamp-not-signed"),
        "if only the body is signed, without the time",
        body(),
    );
    push(
        id,
        Some("id-not-signed"),
        "if the id is left out of what is signed",
        texts(|part| matches!(part, Part::Id)),
    );
    push(
        url,
        Some("url-not-signed"),
        "if the URL is left out of what is signed",
        texts(|part| matches!(part, Part::Url)),
    );
    push(url, Some("url-not-signed"), "if only the body is signed, without the URL", body());
    found
}

/// The texts of the parts that are signed, without some of them and the literals behind those.
fn texts(
    scheme: &'static Scheme,
    candidate: &Candidate,
    without: fn(&Part) -> bool,
) -> Option<Vec<Vec<u8>>> {
    let request = &candidate.request;
    let head = Head::new(&request.method, &request.target, request);
    let mut texts = Vec::new();
    let mut parts = scheme.parts.iter().peekable();
    while let Some(part) = parts.next() {
        if without(part) {
            parts.next_if(|next| matches!(next, Part::Literal(_)));
            continue;
        }
        texts.push(match part {
            Part::Body => request.body.to_vec(),
            Part::Timestamp => layout::time_text(scheme, request)?.to_vec(),
            Part::Id => request.first(scheme.id_header?)?.to_vec(),
            Part::Literal(text) => text.as_bytes().to_vec(),
            Part::Method => request.method.clone().into_bytes(),
            Part::Url => {
                let url = PublicUrl::new(candidate.url.as_deref()?).ok()?;
                url.of_request(&request.target).into_bytes()
            }
            Part::Header(name) => head.required(name).ok()?.to_vec(),
        });
    }
    Some(texts)
}
