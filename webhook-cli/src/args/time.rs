use std::time::SystemTime;

use jiff::Timestamp;
use webhook_core::UnixTime;

pub(crate) fn now() -> UnixTime {
    SystemTime::now().into()
}

/// Reads seconds since 1970, milliseconds with the unit `ms`, or a date and time as in RFC 3339.
pub(crate) fn time(text: &str) -> Result<UnixTime, String> {
    if let Ok(secs) = text.parse() {
        return Ok(UnixTime::from_secs(secs));
    }
    if let Some(Ok(millis)) = text.strip_suffix("ms").map(str::parse) {
        return Ok(UnixTime::from_millis(millis));
    }
    let time: Timestamp = text.parse().map_err(|_| {
        "neither seconds since 1970 nor a time such as 2026-11-25T10:00:00Z".to_owned()
    })?;
    let millis = u64::try_from(time.as_millisecond()).map_err(|_| "before 1970".to_owned())?;
    Ok(UnixTime::from_millis(millis))
}

/// Times beyond what RFC 3339 can say become the latest that it can.
pub(crate) fn rfc3339(time: UnixTime) -> String {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_spellings() {
        let expected = UnixTime::from_secs(1_700_000_000);
        for text in
            ["1700000000", "1700000000000ms", "2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00"]
        {
            assert_eq!(time(text), Ok(expected), "{text}");
        }
        for text in ["", "yesterday", "-1", "1969-12-31T23:59:59Z"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert_eq!(rfc3339(expected), "2023-11-14T22:13:20Z");
    }
}
