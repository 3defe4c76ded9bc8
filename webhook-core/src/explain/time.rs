//! The signed time: stale, in the future, or in another unit.

use std::time::Duration;

use super::input::Request;
use super::layout;
use crate::registry::Entry;
use crate::timestamp::{TimestampUnit, UnixTime};

/// How many times are tried for a provider whose scheme does not say which one is signed.
const MAX_TIMES: usize = 8;

/// Two times that differ by less are the same one in different units.
const NEAR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The times that may be the signed one.
pub(super) fn signed(entry: &Entry, request: &Request) -> Vec<UnixTime> {
    if let Some(scheme) = entry.scheme() {
        let scheme = layout::active(scheme, request);
        let text = layout::time_text(scheme, request);
        return scheme
            .time
            .zip(text)
            .and_then(|(rule, text)| rule.unit.parse(text))
            .into_iter()
            .collect();
    }
    let headers = request.headers.iter().map(|(_, value)| &**value);
    let body = request.body.get(..request.body.len().min(64 * 1024)).unwrap_or_default();
    let mut times = Vec::new();
    for text in headers.chain([body]) {
        times_in(text, &mut times);
        for part in text.split(|byte| b". ".contains(byte)) {
            if let Some(json) = super::codec::base64_any(part) {
                times_in(&json, &mut times);
            }
        }
    }
    times.truncate(MAX_TIMES);
    times
}

/// The numbers that are times of this century, in seconds or milliseconds, and RFC 3339 texts.
fn times_in(text: &[u8], times: &mut Vec<UnixTime>) {
    let digits = text.split(|byte| !byte.is_ascii_digit());
    let digits = digits.filter(|digits| matches!(digits.len(), 10 | 13));
    let units = [TimestampUnit::Seconds, TimestampUnit::Milliseconds];
    let numbers = digits.flat_map(|digits| units.map(|unit| unit.parse(digits))).flatten();
    let words = text.split(|byte| b"\"', ".contains(byte));
    #[cfg(feature = "rfc3339")]
    let dates =
        words.filter(|word| word.len() >= 20).filter_map(|word| TimestampUnit::Rfc3339.parse(word));
    #[cfg(not(feature = "rfc3339"))]
    let dates = words.filter_map(|_| None);
    for time in numbers.chain(dates) {
        if times.len() < MAX_TIMES && !times.contains(&time) {
            times.push(time);
        }
    }
}

/// What is wrong with a time at which a request verifies, and how it shows.
pub(super) fn defect(
    signed: UnixTime,
    received: UnixTime,
    tolerance: Option<Duration>,
) -> (&'static str, String) {
    let is_near = |millis: u64| UnixTime::from_millis(millis).is_within(NEAR, received);
    let millis = signed.as_millis();
    if is_near(millis / 1000) {
        let evidence =
            "at the signed time if it is read as milliseconds; the provider sends seconds";
        return ("timestamp-milliseconds", evidence.to_owned());
    }
    if is_near(millis.saturating_mul(1000)) {
        let evidence =
            "at the signed time if it is read as seconds; the provider sends milliseconds";
        return ("timestamp-seconds", evidence.to_owned());
    }
    let skew = Duration::from_millis(signed.as_millis().abs_diff(received.as_millis()));
    let (id, direction) = if signed < received {
        ("timestamp-stale", "before")
    } else {
        ("timestamp-future", "after")
    };
    let allowed = tolerance.map(|allowed| format!("; the tolerance is {}", words(allowed)));
    let zone = if is_zone(skew) {
        ". The difference is that of a time zone: one of the clocks shows local time as if it were UTC"
    } else {
        ""
    };
    let (skew, allowed) = (words(skew), allowed.unwrap_or_default());
    (
        id,
        format!(
            "at the time that is signed, which is {skew} {direction} the time that it is judged at{allowed}{zone}"
        ),
    )
}

/// Whether it is within 2 min of a number of whole hours that a time zone may have.
fn is_zone(skew: Duration) -> bool {
    let (hour, margin) = (60 * 60, 2 * 60);
    let secs = skew.as_secs();
    let off = (secs + margin) % hour;
    secs >= hour - margin && secs <= 14 * hour + margin && off <= 2 * margin
}

/// A duration in words, down to the second, or to the millisecond below that.
fn words(duration: Duration) -> String {
    let secs = duration.as_secs();
    if secs == 0 {
        return format!("{} ms", duration.as_millis());
    }
    let (days, hours, minutes) = (secs / 86_400, secs / 3600 % 24, secs / 60 % 60);
    let units = [(days, "d"), (hours, "h"), (minutes, "min"), (secs % 60, "s")];
    let words: Vec<_> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    words.join(" ")
}
