use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::budget::Budget;
use crate::clock::Clock;
use crate::endpoint::Endpoint;
use crate::timestamp::UnixTime;
use crate::verify::{Nobody, Verify};

/// The configuration of an adapter.
///
/// Clones are cheap and share one memory budget.
#[derive(Clone)]
pub struct Settings {
    /// Verifies requests whose endpoint is not looked up, or not found.
    verify: Arc<dyn Verify>,
    pub(super) body_limit: usize,
    pub(super) budget: Option<Arc<Budget>>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    body_timeout: Duration,
}

impl Settings {
    /// The default size limit of a body: 1 MiB.
    pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

    /// The default timeout of a body: 10 s.
    pub const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(10);

    /// Creates settings that verify with `verify`, at the time that `clock` returns.
    pub fn new(
        verify: impl Verify + 'static,
        clock: impl Fn() -> UnixTime + Send + Sync + 'static,
    ) -> Self {
        #[cfg(feature = "metrics")]
        super::metrics::describe();
        Self {
            verify: Arc::new(verify),
            body_limit: Self::DEFAULT_BODY_LIMIT,
            budget: None,
            clock: Arc::new(clock),
            body_timeout: Self::DEFAULT_BODY_TIMEOUT,
        }
    }

    /// Creates settings for requests whose endpoint is looked up. Requests without one are refused.
    pub fn per_request(clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self::new(Nobody::new(), clock)
    }

    /// Sets the size limit of a body, in bytes.
    pub const fn set_body_limit(&mut self, bytes: usize) {
        self.body_limit = bytes;
    }

    /// Sets the time within which a body must arrive completely.
    pub const fn set_body_timeout(&mut self, time: Duration) {
        self.body_timeout = time;
    }

    /// Sets the limit on the bytes that all bodies in progress hold together.
    pub fn set_max_buffered(&mut self, bytes: usize) {
        self.budget = Some(Arc::new(Budget::new(bytes)));
    }

    /// Sets the clock.
    pub fn set_clock(&mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) {
        self.clock = Arc::new(clock);
    }

    /// Returns the time within which a body must arrive completely.
    pub const fn body_timeout(&self) -> Duration {
        self.body_timeout
    }

    /// Returns what verifies the requests of this endpoint.
    pub(super) fn verify<'a>(&'a self, endpoint: Option<&'a Endpoint>) -> &'a dyn Verify {
        &**endpoint.map_or(&self.verify, Endpoint::verify)
    }

    pub(super) fn clock(&self) -> Clock<'_> {
        Clock::reading(&*self.clock)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("provider", &self.verify.provider())
            .field("body_limit", &self.body_limit)
            .field("body_timeout", &self.body_timeout)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}
