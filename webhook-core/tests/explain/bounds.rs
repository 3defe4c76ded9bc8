//! The search ends.

use webhook_core::explain::{CAUSES, MAX_HASHED_BYTES};

use super::case::{Case, secret, with_body};
use super::subject::each;

/// A megabyte of JSON in which everything may be printed in another way.
fn megabyte() -> String {
    let item =
        r#"{"id":"evt_1","name":"Zo\u00eb <b> & a\/b","amount":12.50,"count":3,"tags":["x","y"]}"#;
    format!("[{}]", vec![item; 1024 * 1024 / item.len()].join(","))
}

fn assert_bounded(case: &Case, entry: &webhook_core::providers::Entry) {
    let tried = case.explain(entry).tried;
    assert!(tried.hashed_bytes <= MAX_HASHED_BYTES);
    assert!(tried.verifications <= 200, "{}", tried.verifications);
    assert!(!tried.variations.is_empty());
}

#[test]
fn a_megabyte_takes_a_bounded_number_of_verifications() {
    let body = megabyte();
    for name in ["github", "square"] {
        each(|subject| {
            if subject.entry.name() == name {
                let mut case = with_body(subject, &body);
                case.secrets.push(("OTHER", subject.keys[1].current().as_str().into()));
                case.body[100] ^= 1;
                assert_bounded(&case, subject.entry);
            }
        });
    }
}

#[test]
fn a_likely_mistake_is_found_in_a_megabyte() {
    let body = megabyte();
    each(|subject| {
        if subject.entry.name() == "standard_webhooks" {
            let case = with_body(subject, &body).with_body(body.replace(r"\/", "/"));
            assert_eq!(super::case::ids(&case.explain(subject.entry)), ["body-json-unescaped"]);
            let case = with_body(subject, &body).with_secret(format!("{}\n", secret(subject)));
            assert_eq!(super::case::ids(&case.explain(subject.entry)), ["secret-newline"]);
        }
    });
}

#[test]
fn hostile_bodies_and_heads_end_the_search() {
    each(|subject| {
        if !["stripe", "github", "twilio"].contains(&subject.entry.name()) {
            return;
        }
        for body in [
            "[".repeat(100_000),
            "{\"a\":".repeat(10_000),
            "=&".repeat(20_000),
            "1e999".to_owned(),
            "\u{fffd}".repeat(3000),
        ] {
            let mut case = with_body(subject, "{}").with_body(body);
            for index in 0..200 {
                case.headers.push((format!("X-{index}"), vec![b'a'; 64]));
            }
            let tried = case.explain(subject.entry).tried;
            assert!(tried.hashed_bytes <= MAX_HASHED_BYTES);
        }
    });
}

#[test]
fn causes_are_listed_once_in_kebab_case() {
    let mut ids: Vec<_> = CAUSES.iter().map(|cause| cause.id).collect();
    assert!(ids.iter().all(|id| {
        id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }));
    assert!(CAUSES.iter().all(|cause| !cause.summary.is_empty() && !cause.fix.is_empty()));
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
