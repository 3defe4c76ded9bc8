use std::time::Duration;

use crate::timestamp::TimestampUnit;

/// How signatures stand in their header.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    /// The whole value, behind a prefix that may be empty.
    Whole { prefix: &'static str },
    /// Items `key<assign>value`; those with `key` are signatures, unknown ones are ignored.
    Fields { separator: u8, assign: u8, key: &'static str },
    /// The timestamp, then signatures, told apart by their position.
    Positional { separator: u8 },
}

/// Where the signed time is and how fresh it must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeRule {
    pub(crate) source: TimeSource,
    pub(crate) unit: TimestampUnit,
    pub(crate) tolerance: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum TimeSource {
    Header(&'static str),
    Field(&'static str),
    FirstPosition,
}
