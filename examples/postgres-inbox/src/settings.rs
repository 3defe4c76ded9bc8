//! Numbers from the environment.

use std::env;
use std::str::FromStr;
use std::time::Duration;

/// The variable's value, or this if it is not set. The error names what is wrong.
pub fn number<T: FromStr>(name: &str, default: T) -> Result<T, String> {
    match env::var_os(name) {
        None => Ok(default),
        Some(value) => {
            let value = value.to_string_lossy();
            value.parse().map_err(|_| format!("{name}={value} is not such a number"))
        }
    }
}

/// A time in milliseconds. None is too short to be told apart from no time at all.
pub fn millis(name: &str, default: Duration) -> Result<Duration, String> {
    let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
    match number(name, default)? {
        0 => Err(format!("{name}=0 is no time at all")),
        millis => Ok(Duration::from_millis(millis)),
    }
}
