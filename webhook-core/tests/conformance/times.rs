//! A signed time cannot be changed, and must be within the tolerance, in both directions and to the millisecond.

use std::time::Duration;

use webhook_core::UnixTime;
use webhook_core::VerifyErrorKind::{
    self, InvalidSignature, InvalidTimestamp, TimestampOutsideTolerance,
};

use super::common::NOW;
use super::subject::{Request, Role, Subject, each};

fn at(subject: &Subject, millis: u64) -> Request {
    Request { now: UnixTime::from_millis(millis), ..subject.genuine.clone() }
}

/// Verifies at the limits of the tolerance, and one millisecond beyond them. A JWT states its own validity, which may
/// be shorter.
#[track_caller]
fn edges(
    subject: &Subject,
    tolerance: Duration,
    verify: impl Fn(u64) -> Result<(), VerifyErrorKind>,
) {
    let signed = NOW.as_millis();
    let tolerance = u64::try_from(tolerance.as_millis()).unwrap();
    let limits = if subject.signs("JWT") { 0 } else { tolerance };
    for fresh in [signed - limits, signed, signed + limits] {
        assert_eq!(verify(fresh), Ok(()), "{fresh}");
    }
    for stale in [0, signed - tolerance - 1, signed + tolerance + 1, u64::MAX] {
        assert_eq!(verify(stale), Err(TimestampOutsideTolerance), "{stale}");
    }
}

/// The outcome at any time if the entry has no tolerance. A JWT still expires.
fn without_tolerance(subject: &Subject) -> Result<(), VerifyErrorKind> {
    if subject.signs("JWT") { Err(TimestampOutsideTolerance) } else { Ok(()) }
}

#[test]
fn a_signed_time_is_accepted_up_to_the_default_tolerance() {
    each(|subject| match subject.entry.default_tolerance() {
        Some(tolerance) => {
            edges(subject, tolerance, |now| subject.verify(&at(subject, now)).map(drop));
        }
        None => {
            for now in [0, u64::MAX] {
                let outcome = subject.verify(&at(subject, now)).map(drop);
                assert_eq!(outcome, without_tolerance(subject), "{now}");
            }
        }
    });
}

#[test]
fn a_chosen_tolerance_replaces_the_default() {
    each(|subject| {
        for tolerance in [Duration::from_secs(5), Duration::from_secs(86_400), Duration::ZERO] {
            let chosen = subject.keys[0].clone().with_tolerance(tolerance);
            let verify = |now| subject.verify_with(&chosen, &at(subject, now)).map(drop);
            if subject.entry.default_tolerance().is_some() {
                edges(subject, tolerance, verify);
            } else {
                assert_eq!(verify(0), without_tolerance(subject));
            }
        }
    });
}

/// Replaces the text of the time by a time one second later.
fn retimed(request: &Request) -> Request {
    let mut request = request.clone();
    for (_, value) in &mut request.headers {
        let text = String::from_utf8(value.clone()).unwrap();
        let other = text.replace("1700000000", "1700000001").replace("22:13:20", "22:13:21");
        *value = other.into_bytes();
    }
    request
}

#[test]
fn another_time_is_refused() {
    each(|subject| {
        let other = retimed(&subject.genuine);
        let changed = other.headers != subject.genuine.headers;
        if changed {
            assert_eq!(subject.verify(&other).unwrap_err(), InvalidSignature);
        }
        let has_header = subject.named(Role::Time).next().is_some();
        assert!(changed || !has_header, "`retimed` must know how the time is written");
        assert!(
            subject.entry.default_tolerance().is_some() || !changed,
            "a time is sent, so the entry declares a tolerance"
        );
    });
}

#[test]
fn a_malformed_time_is_refused() {
    each(|subject| {
        for name in subject.named(Role::Time) {
            let value = std::str::from_utf8(subject.genuine.value(name)).unwrap();
            for time in [
                "now".to_owned(),
                "0x65534f80".to_owned(),
                "-1".to_owned(),
                "99999999999999999999999".to_owned(),
                "2023-11-14".to_owned(),
                "\u{661}\u{667}".to_owned(),
                format!("+{value}"),
                format!(" {value}"),
                format!("{value} "),
                format!("{value}\n"),
                format!("0{value}"),
                format!("{value},{value}"),
            ] {
                let outcome = subject.verify(&subject.genuine.with(name, time.clone()));
                assert_eq!(outcome.unwrap_err(), InvalidTimestamp, "{time:?}");
            }
        }
    });
}
