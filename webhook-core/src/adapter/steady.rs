use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::timestamp::UnixTime;

/// A clock that never runs backwards, computed from two other clocks.
///
/// The system clock can be set back. The monotonic clock cannot, but has no date. This clock returns the
/// later of two times: the system time, and the latest time that it has returned plus the monotonic time
/// since then. So setting the system clock back does not make old timestamps valid again. The cost: if the
/// system clock runs ahead and is then corrected, this clock stays ahead until the process is restarted.
///
/// ```
/// use std::time::Duration;
/// use webhook_core::UnixTime;
/// use webhook_core::adapter::Steady;
///
/// let clock = Steady::new();
/// let read = |system, elapsed| {
///     clock.read(UnixTime::from_secs(system), Duration::from_secs(elapsed)).time.as_secs()
/// };
/// assert_eq!(read(1000, 0), 1000);
/// // The system clock is set back by 400 s, ten seconds later.
/// assert_eq!(read(610, 10), 1010);
/// // The system clock is set forward.
/// assert_eq!(read(2000, 20), 2000);
/// ```
#[derive(Debug, Default)]
pub struct Steady {
    /// The largest observed difference between the epoch and the start of the monotonic clock, in
    /// milliseconds.
    offset: AtomicU64,
}

/// A reading of a [`Steady`] clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The current time.
    pub time: UnixTime,
    /// How far the system clock is behind this time. Zero unless it was set back or drifts.
    pub behind: Duration,
}

impl Reading {
    /// Returns whether the system clock is a minute or more behind, so that the operator should know.
    pub const fn is_suspect(&self) -> bool {
        self.behind.as_secs() >= 60
    }
}

impl Steady {
    /// Creates a clock that has not been read.
    pub const fn new() -> Self {
        Self { offset: AtomicU64::new(0) }
    }

    /// Returns the time, given the system time and the time that the monotonic clock has run since some fixed
    /// moment.
    pub fn read(&self, system: UnixTime, elapsed: Duration) -> Reading {
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let offset = system.as_millis().saturating_sub(elapsed);
        let latest = self.offset.fetch_max(offset, Ordering::Relaxed).max(offset);
        let time = latest.saturating_add(elapsed);
        let behind = Duration::from_millis(time.saturating_sub(system.as_millis()));
        Reading { time: UnixTime::from_millis(time), behind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000_000;

    fn read(clock: &Steady, system: u64, elapsed: u64) -> (u64, u64) {
        let reading = clock.read(UnixTime::from_millis(system), Duration::from_millis(elapsed));
        (reading.time.as_millis(), u64::try_from(reading.behind.as_millis()).unwrap())
    }

    #[test]
    fn it_follows_the_system_clock_while_that_runs_forward() {
        let clock = Steady::new();
        for elapsed in [0, 1, 1000, 86_400_000] {
            assert_eq!(read(&clock, START + elapsed, elapsed), (START + elapsed, 0));
        }
        // The machine was suspended for an hour, while the monotonic clock stopped.
        let later = 86_400_000 + 3_600_000;
        assert_eq!(read(&clock, START + later, 86_400_001), (START + later, 0));
        assert_eq!(read(&clock, START + later + 5, 86_400_006), (START + later + 5, 0));
    }

    #[test]
    fn it_does_not_run_backwards_when_the_system_clock_is_set_back() {
        let clock = Steady::new();
        assert_eq!(read(&clock, START, 5000), (START, 0));
        assert_eq!(read(&clock, START - 600_000, 5000), (START, 600_000));
        assert_eq!(read(&clock, START - 590_000, 15_000), (START + 10_000, 600_000));
        // The system clock is corrected.
        assert_eq!(read(&clock, START + 20_000, 25_000), (START + 20_000, 0));
    }

    #[test]
    fn it_stays_ahead_after_a_fast_system_clock_is_corrected() {
        let clock = Steady::new();
        assert_eq!(read(&clock, START + 3_600_000, 0), (START + 3_600_000, 0));
        assert_eq!(read(&clock, START + 1, 1), (START + 3_600_001, 3_600_000));
    }

    #[test]
    fn it_does_not_run_backwards_when_readings_arrive_out_of_order() {
        let clock = Steady::new();
        assert_eq!(read(&clock, START + 10, 10), (START + 10, 0));
        assert_eq!(read(&clock, START + 9, 9), (START + 9, 0), "read earlier, by another thread");
    }

    #[test]
    fn a_minute_behind_is_suspect() {
        let clock = Steady::new();
        let suspect =
            |system| clock.read(UnixTime::from_millis(system), Duration::from_secs(1)).is_suspect();
        assert!(!suspect(START));
        assert!(!suspect(START - 59_999));
        assert!(suspect(START - 60_000));
    }

    #[test]
    fn extreme_readings_saturate() {
        let clock = Steady::new();
        assert_eq!(clock.read(UnixTime::from_millis(0), Duration::ZERO).time.as_millis(), 0);
        let end = clock.read(UnixTime::from_millis(u64::MAX), Duration::MAX);
        assert_eq!(end.time.as_millis(), u64::MAX);
        let end = clock.read(UnixTime::from_millis(u64::MAX), Duration::from_secs(1));
        assert_eq!((end.time.as_millis(), end.behind), (u64::MAX, Duration::ZERO));
        assert_eq!(clock.read(UnixTime::from_secs(0), Duration::MAX).time.as_millis(), u64::MAX);
    }
}
