use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::timestamp::UnixTime;

/// A clock that does not run backwards, fed with readings of two others.
///
/// The system's clock can be set back; the monotonic clock cannot, but knows no date. This one shows the
/// later of two times: the system's, and the latest that it has shown plus what has passed since by the
/// monotonic clock. So setting the system's clock back does not make old timestamps fresh again. The price:
/// a process whose system clock was ahead, and was put right, stays ahead until it is restarted.
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
/// // Set back by 400 s, ten seconds later.
/// assert_eq!(read(610, 10), 1010);
/// // Set forward.
/// assert_eq!(read(2000, 20), 2000);
/// ```
#[derive(Debug, Default)]
pub struct Steady {
    /// Milliseconds from the monotonic clock's start to the epoch: the most that was ever seen.
    offset: AtomicU64,
}

/// What a [`Steady`] clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time.
    pub time: UnixTime,
    /// How far the system's clock is behind it. Zero unless that was set back, or drifts.
    pub behind: Duration,
}

impl Reading {
    /// Whether the system's clock is so far behind that the operator should know: by more than a minute.
    pub const fn is_suspect(&self) -> bool {
        self.behind.as_secs() >= 60
    }
}

impl Steady {
    /// A clock that has not been read.
    pub const fn new() -> Self {
        Self { offset: AtomicU64::new(0) }
    }

    /// What time it is, if the system's clock shows `system`, and the monotonic clock has run for
    /// `elapsed` since some fixed moment.
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
    fn it_shows_the_systems_time_while_that_runs_forward() {
        let clock = Steady::new();
        for elapsed in [0, 1, 1000, 86_400_000] {
            assert_eq!(read(&clock, START + elapsed, elapsed), (START + elapsed, 0));
        }
        // Suspended for an hour, in which the monotonic clock stood still.
        let later = 86_400_000 + 3_600_000;
        assert_eq!(read(&clock, START + later, 86_400_001), (START + later, 0));
        assert_eq!(read(&clock, START + later + 5, 86_400_006), (START + later + 5, 0));
    }

    #[test]
    fn a_system_clock_that_is_set_back_does_not_set_it_back() {
        let clock = Steady::new();
        assert_eq!(read(&clock, START, 5000), (START, 0));
        assert_eq!(read(&clock, START - 600_000, 5000), (START, 600_000));
        assert_eq!(read(&clock, START - 590_000, 15_000), (START + 10_000, 600_000));
        // And put right again.
        assert_eq!(read(&clock, START + 20_000, 25_000), (START + 20_000, 0));
    }

    #[test]
    fn a_system_clock_that_was_ahead_leaves_it_ahead() {
        let clock = Steady::new();
        assert_eq!(read(&clock, START + 3_600_000, 0), (START + 3_600_000, 0));
        assert_eq!(read(&clock, START + 1, 1), (START + 3_600_001, 3_600_000));
    }

    #[test]
    fn readings_out_of_order_do_not_set_it_back() {
        let clock = Steady::new();
        assert_eq!(read(&clock, START + 10, 10), (START + 10, 0));
        assert_eq!(read(&clock, START + 9, 9), (START + 9, 0), "read before, by another thread");
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
    fn the_ends_of_the_range_saturate() {
        let clock = Steady::new();
        assert_eq!(clock.read(UnixTime::from_millis(0), Duration::ZERO).time.as_millis(), 0);
        let end = clock.read(UnixTime::from_millis(u64::MAX), Duration::MAX);
        assert_eq!(end.time.as_millis(), u64::MAX);
        let end = clock.read(UnixTime::from_millis(u64::MAX), Duration::from_secs(1));
        assert_eq!((end.time.as_millis(), end.behind), (u64::MAX, Duration::ZERO));
        assert_eq!(clock.read(UnixTime::from_secs(0), Duration::MAX).time.as_millis(), u64::MAX);
    }
}
