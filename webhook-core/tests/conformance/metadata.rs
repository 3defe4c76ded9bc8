//! The metadata of every entry is complete and consistent.

use std::collections::HashSet;

use webhook_core::providers::Entry;
use webhook_core::{PublicUrl, providers};

use super::credentials;
use super::subject::{Request, sign};

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
        let retries = entry.retry_schedule();
        let texts = [
            Some(entry.title()),
            Some(entry.credential_name()),
            Some(entry.credential_location()),
            retries.as_deref(),
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

#[test]
fn headers_are_distinct_lower_case_names() {
    each(|entry| {
        let headers = entry.headers();
        let mut distinct = HashSet::new();
        for header in &headers {
            let is_name = header.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
            assert!(is_name && distinct.insert(*header), "{}: {header}", entry.name());
        }
    });
}

#[test]
fn an_entry_that_signs_lists_the_headers_that_it_signs_with() {
    each(|entry| {
        let Some([credentials, _]) = credentials::for_entry(entry) else { return };
        let signed = sign(entry, &credentials, &Request::new());
        for (name, _) in signed.map(|request| request.headers).unwrap_or_default() {
            let is_listed = name == "content-type" || entry.headers().contains(&name);
            assert!(is_listed, "{}: {name}", entry.name());
        }
    });
}

#[test]
fn documented_waits_are_values() {
    let entry = |name| providers::find(name).unwrap();
    let delays = |name| -> Option<Vec<u64>> {
        Some(entry(name).retry_delays()?.map(|delay| delay.as_secs()).collect())
    };
    assert_eq!(delays("svara"), Some(vec![1, 5, 30, 120, 600]));
    assert_eq!(
        entry("svara").retry_schedule().as_deref(),
        Some("5 times: after 1 s, 5 s, 30 s, 2 min and 10 min")
    );
    assert_eq!(entry("svara").deadline().map(|deadline| deadline.as_secs()), Some(10));
    assert_eq!(delays("github"), Some(Vec::new()));
    for undocumented in ["samva", "voisnap", "voxpria"] {
        assert_eq!(delays(undocumented), None, "{undocumented}");
    }
    assert_eq!(entry("voisnap").deadline().map(|deadline| deadline.as_secs()), Some(5));
    assert_eq!(entry("samva").deadline(), None);
}
