//! No false explanation.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use webhook_core::UnixTime;
use webhook_core::explain::Explanation;
use webhook_core::providers;

use super::case::{Case, genuine, ids, secret};
use super::common::{NOW, cases};
use super::subject::{Request, Role, each};

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let json = ("[a-z]{1,8}", any::<String>(), any::<i64>(), any::<bool>()).prop_map(
        |(name, text, number, flag)| {
            serde_json::to_vec(
                &serde_json::json!({ name: text, "n": number, "list": [flag, null] }),
            )
            .unwrap()
        },
    );
    let form = "[a-z]{1,6}=[a-z0-9%+]{0,12}&b=[a-z]{0,8}".prop_map(String::into_bytes);
    let bytes = proptest::collection::vec(any::<u8>(), 1..200);
    prop_oneof![4 => json, 1 => form, 2 => bytes, 1 => any::<String>().prop_map(|text| format!("a{text}").into_bytes())]
}

/// How many deliveries: 2,000 if `WEBHOOK_EXHAUSTIVE` is set. Each takes up to thousands of verifications.
fn deliveries() -> u32 {
    if std::env::var_os("WEBHOOK_EXHAUSTIVE").is_some() { 2000 } else { 100 }
}

/// How many for each of the entries.
fn for_each_entry() -> u32 {
    deliveries() / u32::try_from(providers::ALL.len()).unwrap() * 4 / 3 + 2
}

#[test]
fn genuine_deliveries_verify_and_have_no_cause() {
    let count = std::cell::Cell::new(0);
    each(|subject| {
        let outcome =
            TestRunner::new(cases(for_each_entry())).run(&(bodies(), 0..=4_u64), |(body, late)| {
                let signed = subject.sign(&Request::with_body(&body));
                let mut case = Case::of(subject, &signed);
                case.received = UnixTime::from_secs(NOW.as_secs() + late);
                let explanation = case.explain(subject.entry);
                prop_assert!(
                    explanation.verified && explanation.causes.is_empty(),
                    "{:?}",
                    explanation
                );
                prop_assert_eq!(explanation.credential, Some(0));
                count.set(count.get() + 1);
                Ok(())
            });
        outcome.unwrap();
    });
    assert!(count.get() >= deliveries(), "{}", count.get());
}

#[test]
fn unexplainable_deliveries_have_no_cause() {
    let count = std::cell::Cell::new(0);
    each(|subject| {
        // Public keys take longer.
        let count_of_entry = if subject.entry.has_public_key() {
            for_each_entry() / 4
        } else {
            for_each_entry() + 4
        };
        let kinds = (bodies(), bodies(), 0..3_u8);
        let outcome = TestRunner::new(cases(count_of_entry)).run(&kinds, |(body, other, kind)| {
            let signed = subject.sign(&Request::with_body(&body));
            let mut case = Case::of(subject, &signed);
            match kind {
                // Another key of the same kind.
                0 => case = case.with_secret(subject.keys[1].current().as_str()),
                // Another body.
                1 => case.body.clone_from(&subject.sign(&Request::with_body(&other)).body),
                // Another signature.
                _ => {
                    let other =
                        super::subject::sign(subject.entry, &subject.keys[1], &signed).unwrap();
                    for name in subject.named(Role::Signature) {
                        *case.header(name) = other.value(name).to_vec();
                    }
                }
            }
            let is_same = case.body == body && kind == 1;
            let explanation = case.explain(subject.entry);
            let is_bare = !subject.verify(&subject.genuine).unwrap().covers_body() && kind == 1;
            if is_same || is_bare {
                return Ok(());
            }
            let lost = case.body.windows(3).any(|window| window == "\u{fffd}".as_bytes());
            let named = ids(&explanation);
            prop_assert!(!explanation.verified, "{:?}", explanation);
            prop_assert!(
                named.is_empty() || (lost && named == ["body-text-encoding"]),
                "{:?}",
                explanation
            );
            count.set(count.get() + 1);
            Ok(())
        });
        outcome.unwrap();
    });
    assert!(count.get() >= deliveries(), "{}", count.get());
}

/// Published: GitHub Docs, "Validating webhook deliveries"; Slack Docs, "Verifying requests from Slack".
#[test]
fn published_requests_are_explained() {
    let github = |secret: &str, body: &str| -> Explanation {
        let case = Case {
            secrets: vec![("SECRET", secret.into())],
            headers: vec![(
                "X-Hub-Signature-256".to_owned(),
                b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17".to_vec(),
            )],
            body: body.into(),
            method: "POST".to_owned(),
            target: "/".to_owned(),
            full: None,
            url: None,
            received: NOW,
        };
        case.explain(providers::find("github").unwrap())
    };
    let secret = "It's a Secret to Everybody";
    assert!(github(secret, "Hello, World!").verified);
    assert_eq!(ids(&github(secret, "Hello, World!\n")), ["body-newline-added"]);
    assert_eq!(ids(&github("It's a Secret to Everybody\n", "Hello, World!")), ["secret-newline"]);
    assert_eq!(
        ids(&github("It's a Secret to Everybody\n", "Hello, World!\n")),
        ["secret-newline", "body-newline-added"]
    );
    assert!(github(secret, "Hello, World?").causes.is_empty());
}

#[test]
fn a_fix_names_the_providers_documentation() {
    each(|subject| {
        let case = genuine(subject).with_secret(format!("{}\n", secret(subject)));
        let explanation = case.explain(subject.entry);
        let first = &explanation.causes[0];
        assert!(subject.entry.documentation_url().is_none_or(|url| first.fix.contains(url)));
        assert_eq!(explanation.credential, Some(0));
        assert!(!explanation.verified);
    });
}
