use std::fmt;

use crate::timestamp::UnixTime;

/// A source of the current time that is read only when needed.
///
/// Most providers sign no time, and reading a clock costs as much as a short hash.
#[derive(Clone, Copy)]
pub struct Clock<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    At(UnixTime),
    Reading(&'a dyn Fn() -> UnixTime),
}

impl<'a> Clock<'a> {
    /// Creates a clock that always returns `time`.
    pub const fn at(time: UnixTime) -> Self {
        Self(Source::At(time))
    }

    /// Creates a clock that calls `read` each time it is asked.
    pub const fn reading(read: &'a dyn Fn() -> UnixTime) -> Self {
        Self(Source::Reading(read))
    }

    /// Returns the current time.
    pub fn now(self) -> UnixTime {
        match self.0 {
            Source::At(time) => time,
            Source::Reading(read) => read(),
        }
    }
}

impl From<UnixTime> for Clock<'_> {
    fn from(time: UnixTime) -> Self {
        Self::at(time)
    }
}

impl fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
