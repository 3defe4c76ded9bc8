//! The metadata of every entry is complete and consistent.

use std::collections::HashSet;

use webhook_core::providers::Entry;
use webhook_core::{PublicUrl, providers};

fn each(check: impl Fn(&Entry)) {
    providers::ALL.iter().for_each(check);
}

#[test]
fn names_are_identifiers_and_titles_are_unique() {
    let mut titles = HashSet::new();
    each(|entry| {
        let name = entry.name();
        assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{name}");
        assert!(name.starts_with(|first: char| first.is_ascii_lowercase()), "{name}");
    });
    for entry in providers::ALL {
        assert!(titles.insert(entry.title()), "{}", entry.title());
    }
    assert!(providers::ALL.is_sorted_by_key(Entry::name));
}

#[test]
fn texts_are_phrases_on_one_line() {
    each(|entry| {
        let texts = [
            Some(entry.title()),
            Some(entry.credential_name()),
            Some(entry.credential_location()),
            entry.retry_schedule(),
            entry.handshake_description(),
        ];
        for text in texts.into_iter().flatten() {
            let is_phrase = !text.is_empty() && text.trim() == text && !text.ends_with('.');
            assert!(is_phrase && !text.contains('\n'), "{}: {text:?}", entry.name());
        }
    });
}

#[test]
fn documentation_is_a_public_url() {
    each(|entry| {
        if let Some(url) = entry.documentation_url() {
            let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next());
            assert!(host.is_some_and(|host| host.contains('.')), "{}: {url}", entry.name());
            let page = url.split('#').next().unwrap();
            assert!(PublicUrl::new(page).is_ok(), "{}: {url}", entry.name());
        }
    });
}

#[test]
fn signed_agrees_with_the_other_metadata() {
    each(|entry| {
        let signed = entry.signed();
        let says = |part| signed.split(|c: char| !c.is_alphanumeric()).any(|word| word == part);
        assert!(!signed.is_empty());
        assert!(!says("id") || entry.signs_id(), "{}: {signed}", entry.name());
        let has_tolerance = entry.default_tolerance().is_some();
        assert!(says("time") || !has_tolerance, "{}: {signed}", entry.name());
        assert!(says("url") || !entry.signs_url(), "{}: {signed}", entry.name());
    });
}
