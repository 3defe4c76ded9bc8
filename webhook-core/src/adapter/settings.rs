use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::budget::Budget;
use crate::clock::Clock;
use crate::timestamp::UnixTime;
use crate::verify::Verify;

/// What the user of an adapter chose. Cheap to clone; clones share one memory budget.
#[derive(Clone)]
pub struct Settings {
    pub(super) verify: Arc<dyn Verify>,
    pub(super) body_limit: usize,
    pub(super) budget: Option<Arc<Budget>>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    body_timeout: Duration,
}

impl Settings {
    /// How large a body may be unless the user says otherwise: 1 MiB.
    pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

    /// How long a body may take unless the user says otherwise: 10 s.
    pub const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(10);

    /// Verifies with `verify`, at the time that `clock` tells.
    pub fn new(
        verify: impl Verify + 'static,
        clock: impl Fn() -> UnixTime + Send + Sync + 'static,
    ) -> Self {
        Self {
            verify: Arc::new(verify),
            body_limit: Self::DEFAULT_BODY_LIMIT,
            budget: None,
            clock: Arc::new(clock),
            body_timeout: Self::DEFAULT_BODY_TIMEOUT,
        }
    }

    /// Takes bodies of at most `bytes`.
    pub const fn set_body_limit(&mut self, bytes: usize) {
        self.body_limit = bytes;
    }

    /// Gives a body at most `time` to arrive whole.
    pub const fn set_body_timeout(&mut self, time: Duration) {
        self.body_timeout = time;
    }

    /// Lets all bodies under way hold at most `bytes` together.
    pub fn set_max_buffered(&mut self, bytes: usize) {
        self.budget = Some(Arc::new(Budget::new(bytes)));
    }

    /// Asks `clock` for the time.
    pub fn set_clock(&mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) {
        self.clock = Arc::new(clock);
    }

    /// How long a body may take.
    pub const fn body_timeout(&self) -> Duration {
        self.body_timeout
    }

    /// The provider's name.
    pub fn provider(&self) -> &'static str {
        self.verify.provider()
    }

    pub(super) fn clock(&self) -> Clock<'_> {
        Clock::reading(&*self.clock)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("provider", &self.provider())
            .field("body_limit", &self.body_limit)
            .field("body_timeout", &self.body_timeout)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
