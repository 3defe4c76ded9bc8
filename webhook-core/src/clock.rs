use std::fmt;

use crate::timestamp::UnixTime;

/// The time, read only by those who ask for it: most providers sign no time, and reading a clock costs as
/// much as a short hash.
#[derive(Clone, Copy)]
pub struct Clock<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    At(UnixTime),
    Reading(&'a dyn Fn() -> UnixTime),
}

impl<'a> Clock<'a> {
    /// A clock that stands still.
    pub const fn at(time: UnixTime) -> Self {
        Self(Source::At(time))
    }

    /// A clock that calls `read` whenever it is asked.
    pub const fn reading(read: &'a dyn Fn() -> UnixTime) -> Self {
        Self(Source::Reading(read))
    }

    /// The time.
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
