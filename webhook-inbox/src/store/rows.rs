use bytes::Bytes;
use webhook_core::{CloudEvent, UnixTime};

use super::Number;

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// It waits for its first attempt.
    Waiting,
    /// It waits for earlier deliveries with the same order.
    Held,
    /// A worker holds it.
    Running,
    /// An attempt failed, and it waits for the next.
    Failed,
    /// The work is done.
    Done,
    /// It has failed too often.
    GivenUp,
    /// It was stored only: a filter left it out, or nobody is to work on it.
    Kept,
    /// It is no delivery, but a request that was rejected.
    Rejected,
}

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Held,
        Self::Running,
        Self::Failed,
        Self::Done,
        Self::GivenUp,
        Self::Kept,
        Self::Rejected,
    ];

    /// Returns the name as it appears in pages and queries: `given-up`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Done => "done",
            Self::GivenUp => "given-up",
            Self::Kept => "kept",
            Self::Rejected => "rejected",
        }
    }

    /// Returns the state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Returns whether such a delivery can be replayed.
    pub const fn can_be_replayed(self) -> bool {
        matches!(self, Self::Failed | Self::Done | Self::GivenUp | Self::Kept)
    }

    /// The number in the database.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Running => 1,
            Self::Done => 2,
            Self::GivenUp => 3,
            Self::Kept => 4,
            Self::Held => 5,
            Self::Failed => 6,
            Self::Rejected => 7,
        }
    }

    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn of_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A stored delivery, without its body.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub number: Number,
    /// The provider's name.
    pub provider: String,
    /// The name of the endpoint that received it.
    pub endpoint: String,
    /// The event's name, or `-`.
    pub event: String,
    /// The delivery's id, if the provider sends one.
    pub delivery_id: Option<String>,
    /// When it was received.
    pub received: UnixTime,
    /// What has become of it.
    pub state: State,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When its next attempt may begin, if it waits for one.
    pub next_attempt: Option<UnixTime>,
    /// When it was done or given up.
    pub ended: Option<UnixTime>,
    /// Why the last attempt failed, if it did, or why the request was rejected.
    pub error: Option<String>,
    /// The text that it is ordered by.
    pub order: Option<String>,
}

/// An attempt that has ended without success.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its number: 1 for the first.
    pub number: u32,
    /// When it began.
    pub started: UnixTime,
    /// When it ended.
    pub ended: UnixTime,
    /// Why it failed.
    pub error: String,
}

/// A stored delivery with all that is known of it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The delivery.
    pub row: Row,
    /// The delivery as it was received: the kept headers, the exact body, what was verified.
    pub event: CloudEvent,
    /// The request line and all headers, if they were kept.
    pub head: Option<Bytes>,
    /// The attempts that have failed, at most the last 100, in order.
    pub failures: Vec<Attempt>,
}
