use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;
use webhook_core::{Endpoint, Lookup};

use super::Settings;
use super::error::LoadError;

/// For this long after a load has failed, its id is not loaded again.
const BACK_OFF: Duration = Duration::from_secs(1);

/// The most ids whose loads have failed.
const MAX_FAILED: usize = 10_000;

/// What is known about ids. An id is known or unknown, and its last load may have failed.
///
/// The caches limit how much is kept. How long it counts is decided here, by tokio's clock, which tests can control.
pub(super) struct Caches {
    known: Cache<Arc<str>, Dated<Endpoint>>,
    /// Ids that were known when they were invalidated.
    formerly_known: Cache<Arc<str>, ()>,
    unknown: Cache<Arc<str>, Dated<()>>,
    failed: Cache<Arc<str>, Dated<LoadError>>,
}

#[derive(Clone)]
struct Dated<T> {
    value: T,
    since: Instant,
}

impl<T> Dated<T> {
    fn is_within(&self, time: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < time
    }
}

impl Caches {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            known: bounded(settings.capacity),
            formerly_known: bounded(settings.capacity),
            unknown: bounded(settings.unknown_capacity),
            failed: bounded(MAX_FAILED),
        }
    }

    /// Returns the answer to a lookup, if it needs no load.
    pub(super) fn find(&self, id: &str, settings: &Settings, now: Instant) -> Option<Lookup> {
        if let Some(known) = self.known.get(id) {
            let is_fresh = known.is_within(settings.time_to_live, now);
            return is_fresh.then(|| known.value.into());
        }
        let unknown = self.unknown.get(id)?;
        let is_fresh = unknown.is_within(settings.unknown_time_to_live, now);
        is_fresh.then_some(Lookup::Ready(None))
    }

    /// Returns the endpoint of a lookup whose load has failed, if it may still be used.
    pub(super) fn stale(&self, id: &str, settings: &Settings, now: Instant) -> Option<Endpoint> {
        let usable = settings.time_to_live.saturating_add(settings.serve_stale);
        let known = self.known.get(id)?;
        known.is_within(usable, now).then_some(known.value)
    }

    /// Returns why the id cannot be loaded now, if its last load has just failed.
    pub(super) fn failure(&self, id: &str, now: Instant) -> Option<LoadError> {
        let failed = self.failed.get(id)?;
        failed.is_within(BACK_OFF, now).then_some(failed.value)
    }

    /// Returns whether the id was of an endpoint when it was last loaded.
    pub(super) fn is_known(&self, id: &str) -> bool {
        self.known.contains_key(id) || self.formerly_known.contains_key(id)
    }

    /// Keeps the result of a load that began at `began` and ends now. What it found may be as old as its beginning.
    pub(super) fn keep(
        &self,
        id: Arc<str>,
        result: &Result<Option<Endpoint>, LoadError>,
        began: Instant,
    ) {
        match result {
            Ok(Some(endpoint)) => {
                self.formerly_known.invalidate(&id);
                self.unknown.invalidate(&id);
                self.failed.invalidate(&id);
                self.known.insert(id, Dated { value: endpoint.clone(), since: began });
            }
            Ok(None) => {
                self.known.invalidate(&id);
                self.formerly_known.invalidate(&id);
                self.failed.invalidate(&id);
                self.unknown.insert(id, Dated { value: (), since: began });
            }
            Err(error) => {
                self.failed.insert(id, Dated { value: error.clone(), since: Instant::now() });
            }
        }
    }

    /// Forgets everything but which ids are known.
    pub(super) fn all_forgotten(&self, settings: &Settings) -> Self {
        let forgotten = Self::new(settings);
        let known = self.known.iter().map(|(id, _)| (*id).clone());
        let formerly = self.formerly_known.iter().map(|(id, ())| (*id).clone());
        known.chain(formerly).for_each(|id| forgotten.formerly_known.insert(id, ()));
        forgotten
    }

    /// Forgets everything but whether the id is known.
    pub(super) fn forget(&self, id: &str) {
        if self.known.contains_key(id) {
            self.formerly_known.insert(id.into(), ());
        }
        self.known.invalidate(id);
        self.unknown.invalidate(id);
        self.failed.invalidate(id);
    }
}

fn bounded<V: Clone + Send + Sync + 'static>(capacity: usize) -> Cache<Arc<str>, V> {
    Cache::new(u64::try_from(capacity).unwrap_or(u64::MAX))
}
