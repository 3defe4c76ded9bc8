use webhook_core::UnixTime;

use super::{Number, Row, State};

/// Which deliveries are listed. An empty filter lists all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filter {
    /// Only of this provider.
    pub provider: Option<String>,
    /// Only of this endpoint.
    pub endpoint: Option<String>,
    /// Only events whose names begin with this.
    pub event: Option<String>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only received at this time or later.
    pub from: Option<UnixTime>,
    /// Only received before this time.
    pub until: Option<UnixTime>,
    /// Only with this delivery id.
    pub delivery_id: Option<String>,
    /// Only with these bytes in the body. The newest [`Filter::SEARCHED`] that match the rest are searched.
    pub text: Option<String>,
    /// Only with a smaller number: where the next page begins.
    pub before: Option<Number>,
}

// One statement looks into each state of each kind, and SQLite takes no more than 500 parts of one.
const _: () = assert!(Filter::KINDS * State::ALL.len() <= 500);

impl Filter {
    /// How many deliveries a page has.
    pub const PAGE: usize = 50;

    /// How many bodies are searched for a text before the page ends. The next page goes on from there.
    pub const SEARCHED: usize = 1_000;

    /// How many kinds of deliveries (provider, endpoint and event) one list is made from.
    pub const KINDS: usize = 60;

    /// Whether it asks for a name with a NUL in it, which none has, and which PostgreSQL refuses.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(super) fn has_nul(&self) -> bool {
        let names = [&self.provider, &self.endpoint, &self.event, &self.delivery_id];
        names.into_iter().flatten().any(|name| name.contains('\0'))
    }
}

/// A page of deliveries.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The deliveries, newest first.
    pub rows: Vec<Row>,
    /// Where the next page [begins](Filter::before), if there is one.
    pub next: Option<Number>,
    /// Whether there are more kinds of deliveries, or more bodies, than were looked at. The next page has the bodies.
    pub is_partial: bool,
}
