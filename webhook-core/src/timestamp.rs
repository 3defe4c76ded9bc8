use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// The adapters read a clock and pass the time in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime {
    millis: u64,
}

impl UnixTime {
    /// Returns the time `secs` seconds after the epoch, or the latest time if that is out of range.
    pub const fn from_secs(secs: u64) -> Self {
        Self { millis: secs.saturating_mul(1000) }
    }

    /// Returns the time `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// Returns the whole seconds since the epoch.
    pub const fn as_secs(self) -> u64 {
        self.millis / 1000
    }

    /// Returns the milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.millis
    }

    /// Returns whether the two times are at most `tolerance` apart, in either direction.
    pub const fn is_within(self, tolerance: Duration, other: Self) -> bool {
        self.millis.abs_diff(other.millis) as u128 <= tolerance.as_millis()
    }
}

/// Times before the epoch become the epoch. A service with such a clock rejects every signed time.
impl From<SystemTime> for UnixTime {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = since.as_secs().saturating_mul(1000);
        Self { millis: millis.saturating_add(since.subsec_millis().into()) }
    }
}

/// The format of a provider's timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampUnit {
    /// Seconds since the epoch, in decimal.
    Seconds,
    /// Milliseconds since the epoch, in decimal.
    Milliseconds,
    /// An RFC 3339 date and time with an offset.
    #[cfg(feature = "rfc3339")]
    Rfc3339,
}

impl TimestampUnit {
    /// Accepts ASCII digits only, without a sign.
    pub(crate) fn parse(self, text: &[u8]) -> Option<UnixTime> {
        // Each number has one spelling, without sign or leading zeros. Otherwise a digit could move between
        // the time and the signed text next to it.
        let digits = || match text {
            [b'0'] | [b'1'..=b'9', ..] => text.iter().try_fold(0_u64, |number, digit| {
                let digit = char::from(*digit).to_digit(10)?;
                number.checked_mul(10)?.checked_add(digit.into())
            }),
            _ => None,
        };
        match self {
            Self::Seconds => digits().map(UnixTime::from_secs),
            Self::Milliseconds => digits().map(UnixTime::from_millis),
            #[cfg(feature = "rfc3339")]
            Self::Rfc3339 => {
                let time: jiff::Timestamp =
                    is_rfc3339(text).then(|| std::str::from_utf8(text).ok()?.parse().ok())??;
                u64::try_from(time.as_millisecond()).ok().map(UnixTime::from_millis)
            }
        }
    }

    pub(crate) fn print(self, time: UnixTime) -> String {
        match self {
            Self::Seconds => time.as_secs().to_string(),
            Self::Milliseconds => time.as_millis().to_string(),
            #[cfg(feature = "rfc3339")]
            Self::Rfc3339 => {
                let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
                jiff::Timestamp::from_millisecond(millis)
                    .unwrap_or(jiff::Timestamp::MAX)
                    .to_string()
            }
        }
    }
}

/// Accepts exactly `2020-01-01T00:00:00`, an optional fraction, and `Z`, `+00:00` or `-00:00`. A date parser
/// accepts more (spaces, week dates, `[Europe/Paris]`), which would blur where the time ends and the body
/// begins.
#[cfg(feature = "rfc3339")]
fn is_rfc3339(text: &[u8]) -> bool {
    let shape = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                like => byte == like,
            })
    };
    let Some((date, rest)) = text.split_at_checked(19) else { return false };
    let fraction = match rest {
        [b'.', digits @ ..] => digits.iter().take_while(|byte| byte.is_ascii_digit()).count() + 1,
        _ => 0,
    };
    let Some((_, offset)) = rest.split_at_checked(fraction) else { return false };
    shape(date, b"0000-00-00T00:00:00")
        && fraction != 1
        && (offset == b"Z" || shape(offset, b"+00:00") || shape(offset, b"-00:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

    #[test]
    fn tolerance_is_inclusive_both_ways() {
        let tolerance = Duration::from_secs(300);
        for (millis, fresh) in [
            (1_700_000_300_000, true),
            (1_700_000_300_001, false),
            (1_699_999_700_000, true),
            (1_699_999_699_999, false),
            (0, false),
            (u64::MAX, false),
        ] {
            assert_eq!(UnixTime::from_millis(millis).is_within(tolerance, NOW), fresh, "{millis}");
        }
    }

    #[test]
    fn only_digits_are_accepted_as_a_number() {
        let parse = |text: &str| TimestampUnit::Seconds.parse(text.as_bytes());
        assert_eq!(parse("1700000000"), Some(NOW));
        for text in [
            "",
            "+1700000000",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "01700000000",
            "00",
            "1e9",
            "0x10",
            "١٢",
            "99999999999999999999",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(parse("18446744073709551615"), Some(UnixTime::from_millis(u64::MAX)));
    }

    #[test]
    fn milliseconds_are_parsed() {
        assert_eq!(
            TimestampUnit::Milliseconds.parse(b"1700000000123"),
            Some(UnixTime::from_millis(1_700_000_000_123))
        );
    }

    #[cfg(feature = "rfc3339")]
    #[test]
    fn rfc3339_is_parsed_with_offset_and_fraction() {
        let parse = |text: &str| TimestampUnit::Rfc3339.parse(text.as_bytes());
        let time = UnixTime::from_millis(1_577_865_600_123);
        assert_eq!(parse("2020-01-01T00:00:00.123456789-08:00"), Some(time));
        assert_eq!(parse("2020-01-01T08:00:00.123Z"), Some(time));
        assert_eq!(TimestampUnit::Rfc3339.print(time), "2020-01-01T08:00:00.123Z");
        for text in ["", "2020-01-01", "2020-01-01T08:00:00", "1969-12-31T23:59:59Z", "now"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn times_before_the_epoch_become_the_epoch() {
        assert_eq!(UnixTime::from(UNIX_EPOCH - Duration::from_secs(1)).as_millis(), 0);
    }
}
