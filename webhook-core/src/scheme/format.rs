use std::time::Duration;

use crate::timestamp::TimestampUnit;

/// The format of a signature header.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    /// The whole value is one signature, after a prefix that may be empty.
    Whole { prefix: &'static str },
    /// Items of the form `key<assign>value`. Those with `key` are signatures; unknown keys are ignored.
    Fields { separator: u8, assign: u8, key: &'static str },
    /// The timestamp, followed by the signatures.
    Positional { separator: u8 },
}

/// Where the signed time is, and how fresh it must be.
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
