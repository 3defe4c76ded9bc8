//! Mistakes with the signed time.

use std::time::Duration;

use webhook_core::UnixTime;

use super::case::{genuine, named, signature_name};
use super::common::NOW;
use super::subject::Role;

fn at(millis: i64) -> UnixTime {
    UnixTime::from_millis(NOW.as_millis().checked_add_signed(millis).unwrap())
}

#[test]
fn stale_and_future_times_are_named_with_the_skew() {
    for (id, skew, words) in [
        ("timestamp-stale", 90_061_000, "1 d 1 h 1 min 1 s before"),
        ("timestamp-stale", 7_200_000, "2 h before"),
        ("timestamp-future", -3_605_000, "1 h 5 s after"),
    ] {
        named(&[id], 20, |subject| {
            let mut case = genuine(subject);
            case.received = at(skew);
            let explanation = case.explain(subject.entry);
            if let Some(cause) = explanation.causes.first() {
                assert!(cause.evidence.contains(words), "{}", cause.evidence);
                assert!(!explanation.verified);
                assert_eq!(cause.evidence.contains("time zone"), skew.abs() < 8_000_000);
            }
            Some(case)
        });
    }
}

#[test]
fn a_stale_request_with_another_mistake_has_both_named() {
    named(&["secret-newline"], 20, |subject| {
        let mut case = genuine(subject).with_secret(format!("{}\n", super::case::secret(subject)));
        case.received = at(7_200_000);
        let explanation = case.explain(subject.entry);
        if subject
            .entry
            .default_tolerance()
            .is_some_and(|tolerance| tolerance < Duration::from_secs(7200))
        {
            assert_eq!(super::case::ids(&explanation), ["secret-newline", "timestamp-stale"]);
        }
        Some(case)
    });
}

#[test]
fn the_tolerance_that_was_chosen_counts() {
    use webhook_core::explain::{Credential, Explainer};

    super::subject::each(|subject| {
        let mut case = genuine(subject);
        case.received = at(1_000_000);
        let explainer = Explainer::new(subject.entry)
            .credential(Credential::new("SECRET", super::case::secret(subject)))
            .public_url(webhook_core::PublicUrl::new(super::credentials::URL).unwrap())
            .tolerance(Duration::from_secs(1_000_000));
        let is_short = ["messagebird", "livekit"].contains(&subject.entry.name());
        assert!(explainer.explain(&case.captured()).verified || is_short);
    });
}

#[test]
fn other_units_are_named() {
    named(&["timestamp-milliseconds", "timestamp-seconds"], 10, |subject| {
        let name = subject.named(Role::Time).next()?;
        let mut case = genuine(subject);
        let text = String::from_utf8(case.header(name).clone()).ok()?;
        let other = match text.len() {
            10 => format!("{text}000"),
            13 => text[..10].to_owned(),
            _ => return None,
        };
        *case.header(name) = other.into_bytes();
        Some(case)
    });
    // The sender signs what it sends.
    named(&["timestamp-milliseconds"], 4, |subject| {
        let mut request = super::subject::Request::with_body(super::case::BODY.as_bytes());
        request.now = UnixTime::from_secs(NOW.as_millis());
        let mut case = super::case::Case::of(subject, &subject.sign(&request));
        let sent = NOW.as_millis().to_string();
        let seconds = case.headers.iter().any(|(_, value)| {
            value.split(|byte| !byte.is_ascii_digit()).any(|word| word == sent.as_bytes())
        });
        case.received = at(5000);
        seconds.then_some(case)
    });
}

#[test]
fn the_time_of_another_header_is_named() {
    named(&["timestamp-other-header"], 8, |subject| {
        let name = subject.named(Role::Time).next()?;
        let mut case = genuine(subject);
        let own = case.header(name).clone();
        let text = String::from_utf8(own.clone()).ok()?;
        let other = text.replacen("17", "16", 1);
        (other != text).then_some(())?;
        *case.header(name) = other.into_bytes();
        case.headers.push(("X-Sent-At".to_owned(), own));
        Some(case)
    });
    // A time in the signature header itself.
    named(&["timestamp-other-header"], 3, |subject| {
        let name = signature_name(subject)?;
        let mut case = genuine(subject);
        let text = String::from_utf8(case.header(name).clone()).ok()?;
        let secs = NOW.as_secs().to_string();
        let other = text.replacen(&secs, "1699999999", 1);
        (other != text && !text.contains(&NOW.as_millis().to_string())).then_some(())?;
        *case.header(name) = other.into_bytes();
        case.headers.push(("X-Sent-At".to_owned(), secs.into_bytes()));
        Some(case)
    });
}

#[test]
fn a_missing_time_is_named() {
    named(&["timestamp-missing"], 8, |subject| {
        let name = subject
            .named(Role::Time)
            .next()
            .filter(|_| subject.entry.default_tolerance().is_some())?;
        let mut case = genuine(subject);
        case.headers.retain(|(each, _)| each != name);
        // Among headers that are signed by name, one is missing as such.
        (subject.entry.name() != "contentful").then_some(case)
    });
}
