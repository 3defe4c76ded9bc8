//! Times as the pages show them.

use jiff::Timestamp;
use webhook_core::UnixTime;

/// A time, and how far from now it is.
pub(super) struct When {
    /// For machines: RFC 3339.
    pub(super) datetime: String,
    /// For people: UTC, to the second.
    pub(super) shown: String,
    pub(super) relative: String,
}

impl When {
    pub(super) fn new(time: UnixTime, now: UnixTime) -> Self {
        let timestamp = timestamp(time);
        Self {
            datetime: timestamp.to_string(),
            shown: timestamp.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            relative: relative(time, now),
        }
    }
}

pub(super) fn rfc3339(time: UnixTime) -> String {
    timestamp(time).to_string()
}

/// Times beyond the range of a timestamp become its maximum.
fn timestamp(time: UnixTime) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

fn relative(time: UnixTime, now: UnixTime) -> String {
    let seconds = time.as_millis().abs_diff(now.as_millis()) / 1000;
    let distance = match seconds {
        0 => return "now".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    if time.as_millis() > now.as_millis() {
        format!("in {distance}")
    } else {
        format!("{distance} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_utc_and_from_now() {
        let now = UnixTime::from_secs(1_795_631_400);
        let when = |seconds: i64| {
            When::new(UnixTime::from_secs(now.as_secs().saturating_add_signed(seconds)), now)
        };
        let shown = when(-75);
        assert_eq!(shown.datetime, "2026-11-25T18:28:45Z");
        assert_eq!(shown.shown, "2026-11-25 18:28:45");
        for (seconds, relative) in [
            (0, "now"),
            (-59, "59 s ago"),
            (-75, "1 min ago"),
            (-7200, "2 h ago"),
            (-90_000, "25 h ago"),
            (-172_800, "2 days ago"),
            (600, "in 10 min"),
        ] {
            assert_eq!(when(seconds).relative, relative);
        }
    }
}
