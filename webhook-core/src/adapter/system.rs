//! The system's clocks, for adapters. No other code in this crate but the test kit reads a clock.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use super::sampler::Sampler;
use super::steady::Steady;
use crate::timestamp::UnixTime;

/// Returns the time since the process first called this function.
pub(super) fn elapsed() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// Returns the current time from a clock that never runs backwards, even if the system clock does. See
/// [`Steady`].
pub fn system_time() -> UnixTime {
    static CLOCK: Steady = Steady::new();
    static SAMPLER: Sampler = Sampler::new();
    let elapsed = elapsed();
    let reading = CLOCK.read(SystemTime::now().into(), elapsed);
    if reading.is_suspect() && SAMPLER.admit(elapsed).is_some() {
        let behind = reading.behind.as_secs();
        tracing::warn!(
            behind,
            "the system clock was set back, or was ahead before; webhook timestamps are judged by the \
             later time until the process is restarted"
        );
    }
    reading.time
}
