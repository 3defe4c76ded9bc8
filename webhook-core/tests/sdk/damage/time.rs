//! Damage to the time, which is in a header of its own or in the signature's.

use std::time::Duration;

use webhook_core::UnixTime;
use webhook_core::providers::Entry;

use super::Damage::{self, *};
use crate::request::Request;

const SECOND: Duration = Duration::from_secs(1);

/// The request, signed at another time. `None` if no time is signed.
pub(super) fn signed_anew(request: Request, damage: Damage, entry: &Entry) -> Option<Request> {
    let (now, tolerance) = (request.now.as_secs(), entry.default_tolerance()?);
    let time = match damage {
        Stale => now - (tolerance + SECOND).as_secs(),
        Oldest => now - tolerance.as_secs(),
        _ => now + (tolerance + SECOND).as_secs(),
    };
    Some(request.signed(entry, UnixTime::from_secs(time)))
}

/// Writes the time otherwise. Returns whether this can happen to the request.
pub(super) fn damage(request: &mut Request, damage: Damage) -> bool {
    let (millis, secs) = (request.now.as_millis(), request.now.as_secs());
    for (time, earlier) in [(millis, millis - 1000), (secs, secs - 1)] {
        let time = time.to_string();
        let Some(at) = request.headers.iter().position(|(_, value)| value.contains(&time)) else {
            continue;
        };
        let value = &mut request.headers[at].1;
        if damage == TimeMissing {
            let has_header = *value == time;
            if has_header {
                request.headers.remove(at);
            }
            return has_header;
        }
        let other = match damage {
            TimeChanged => earlier.to_string(),
            TimeWithPlus => format!("+{time}"),
            TimeWithZero => format!("0{time}"),
            TimeWithFraction => format!("{time}.5"),
            TimeIsWord => "now".to_owned(),
            _ => String::new(),
        };
        *value = value.replacen(&time, &other, 1);
        return true;
    }
    false
}
