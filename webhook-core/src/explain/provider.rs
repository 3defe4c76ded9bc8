//! Requests of another provider.

use super::candidate::Candidate;
use super::head::{shown, signature_headers};
use super::input::Request;
use super::trial::{Trial, Verdict};
use crate::providers;
use crate::registry::Entry;

/// How many are named.
const MAX_NAMED: usize = 3;

/// The other providers as whose request it verifies, and the verdict of the first.
pub(super) fn verifying(
    own: &Entry,
    trial: &mut Trial<'_>,
    candidate: &Candidate,
) -> Option<(String, Verdict)> {
    let mut found: Vec<&Entry> = Vec::new();
    let mut first = None;
    for entry in providers::ALL.iter().filter(|entry| entry.name() != own.name()) {
        if headers_of(entry, trial, candidate).is_empty() {
            continue;
        }
        let verdict = trial.verdict_by(entry, candidate);
        if verdict.is_authentic() {
            first = first.or(Some(verdict));
            found.push(entry);
        }
    }
    Some((format!("as a request of {}", named(&found)), first?))
}

/// Signature headers of other providers that the request has.
pub(super) fn plain(own: &Entry, trial: &Trial<'_>, candidate: &Candidate) -> Option<String> {
    let mut all: Vec<(&Entry, String)> = Vec::new();
    for entry in providers::ALL.iter().filter(|entry| entry.name() != own.name()) {
        let headers = headers_of(entry, trial, candidate);
        let telling = headers
            .into_iter()
            .find(|name| ["sig", "hmac", "mac"].iter().any(|word| name.contains(word)));
        all.extend(telling.map(|name| (entry, name)));
    }
    let (_, name) = all.first()?;
    let entries: Vec<_> =
        all.iter().filter(|(_, each)| each == name).map(|(entry, _)| *entry).collect();
    Some(format!(
        "the request has the header `{}`, which is that of {}",
        shown(name),
        named(&entries)
    ))
}

/// The signature headers of a provider that the request has.
fn headers_of(entry: &Entry, trial: &Trial<'_>, candidate: &Candidate) -> Vec<String> {
    let verify = trial.verifier(entry, candidate);
    let request: &Request = &candidate.request;
    let mut names = signature_headers(entry, verify.as_deref());
    names.retain(|name| request.first(name).is_some());
    names
}

fn named(entries: &[&Entry]) -> String {
    let names = entries
        .iter()
        .take(MAX_NAMED)
        .map(|entry| format!("{} (`{}`)", entry.title(), entry.name()));
    let names = names.collect::<Vec<_>>().join(", ");
    match entries.len().saturating_sub(MAX_NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}
