mod endpoint;

use std::collections::HashMap;
use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::keys::{Key, Keys};
use crate::store::{Claim, ClaimStore, StoreError, StoreFuture, Token};
use endpoint::{Endpoint, Now};

/// Keeps claims in the memory of one process, for services that run as a single process.
///
/// The capacity is a number of keys. A delivery has one key for each secret, one more if it has an id, and one more for
/// its body if the provider signs the time but not the id. One endpoint may use at most its [quota](Self::quota), half
/// of the capacity by default, so that a burst at one endpoint does not block the others; bursts at two can. Each tenant of an
/// endpoint has a quota of its own: with tenants, set a small one.
///
/// Beyond that the store refuses further claims rather than forgetting existing ones, and the service answers 503. A
/// warning is logged when an endpoint has used four fifths of its quota, or all endpoints together four fifths of the
/// capacity.
///
/// The claims are lost when the process ends. A delivery that is sent again after that is handled again.
///
/// Create one store for the whole process. In actix-web, create it outside the closure of `HttpServer::new`, which runs
/// for every worker.
pub struct MemoryStore {
    /// The endpoints by namespace. All keys of a claim have the same namespace, so endpoints do not block each other.
    endpoints: Mutex<HashMap<Key, Arc<Mutex<Endpoint>>>>,
    room: Room,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// The capacity, and how many keys all endpoints together have.
struct Room {
    capacity: usize,
    quota: usize,
    used: AtomicUsize,
    committed: AtomicUsize,
    has_warned: AtomicBool,
}

impl MemoryStore {
    /// The default retention of committed claims. It is shorter than in other stores, because memory is more expensive.
    pub const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

    /// Creates a store for up to `capacity` keys, half of them for one endpoint.
    pub fn new(capacity: usize) -> Self {
        let start = Instant::now();
        Self::with_clock(capacity, move || start.elapsed())
    }

    /// Uses `clock`, which returns the time since some fixed moment and must never run backwards. For tests.
    pub fn with_clock(
        capacity: usize,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let (used, committed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self {
            endpoints: Mutex::default(),
            room: Room {
                capacity,
                quota: capacity.div_ceil(2),
                used,
                committed,
                has_warned: AtomicBool::new(false),
            },
            clock: Box::new(clock),
        }
    }

    /// Sets how many keys one endpoint may use. Set it to the capacity if only one endpoint uses the store.
    #[must_use]
    pub const fn quota(mut self, keys: usize) -> Self {
        self.room.quota = keys;
        self
    }

    /// Returns how many keys the store has, including expired ones that are not removed yet.
    pub fn len(&self) -> usize {
        self.room.used.load(Ordering::Relaxed)
    }

    /// Returns how many of the keys belong to committed claims.
    pub fn committed(&self) -> usize {
        self.room.committed.load(Ordering::Relaxed)
    }

    /// Returns whether the store has no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many keys the store can have.
    pub const fn capacity(&self) -> usize {
        self.room.capacity
    }

    /// Runs one step on the endpoint of the keys.
    fn step<T>(&self, keys: &Keys, step: impl FnOnce(&mut Endpoint, Now<'_>) -> T) -> T {
        let endpoint = self.endpoint(keys.namespace());
        let mut endpoint = lock(&endpoint);
        let now = self.now();
        endpoint.sweep(now);
        step(&mut endpoint, now)
    }

    /// Before there are more endpoints than the map has room for, those without keys are removed: tenants come and go.
    fn endpoint(&self, namespace: Key) -> Arc<Mutex<Endpoint>> {
        let mut endpoints = lock(&self.endpoints);
        if endpoints.len() == endpoints.capacity() && !endpoints.contains_key(&namespace) {
            endpoints.retain(|_, endpoint| {
                // Nobody else gets it while the map is locked.
                let is_in_use = Arc::strong_count(endpoint) > 1;
                is_in_use || !lock(endpoint).sweep_much(self.now())
            });
        }
        endpoints.entry(namespace).or_default().clone()
    }

    fn now(&self) -> Now<'_> {
        Now { time: (self.clock)(), room: &self.room }
    }

    /// Runs a step that may need room. If there is none, expired keys of all endpoints are removed first.
    fn step_with_room<T>(
        &self,
        keys: &Keys,
        step: impl Fn(&mut Endpoint, Now<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.step(keys, &step).or_else(|_| {
            let all: Vec<_> = lock(&self.endpoints).values().cloned().collect();
            for endpoint in all {
                lock(&endpoint).sweep_much(self.now());
            }
            self.step(keys, step)
        })
    }
}

impl ClaimStore for MemoryStore {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        let claim =
            self.step_with_room(keys, |endpoint, now| endpoint.claim(now, keys, token, lease));
        Box::pin(ready(claim))
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        let committed =
            self.step_with_room(keys, |endpoint, now| endpoint.commit(now, keys, token));
        Box::pin(ready(committed))
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        self.step(keys, |endpoint, now| endpoint.release(now, keys, token));
        Box::pin(ready(Ok(())))
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        let forgotten = self.step(keys, |endpoint, now| endpoint.forget(now, keys));
        Box::pin(ready(Ok(forgotten)))
    }

    fn default_retention(&self) -> Duration {
        Self::DEFAULT_RETENTION
    }
}

impl Room {
    /// Reserves room for this many more keys, if all endpoints together have it. Returns the resulting number of keys.
    fn take(&self, more: usize) -> Option<usize> {
        let within = |used: usize| used.checked_add(more).filter(|used| *used <= self.capacity);
        let before = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within);
        before.ok().map(|before| before.saturating_add(more))
    }
}

/// Every change under these locks is complete before anything that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("capacity", &self.room.capacity)
            .field("quota", &self.room.quota)
            .field("used", &self.room.used)
            .field("committed", &self.room.committed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::scope::Scope;

    #[test]
    fn tenants_that_have_no_claims_any_more_take_no_memory() {
        let time = Arc::new(AtomicU64::new(0));
        let seconds = time.clone();
        let now = move || Duration::from_secs(seconds.load(Ordering::Relaxed));
        let store = MemoryStore::with_clock(1000, now);
        let (second, token) = (Duration::from_secs(1), Token::random().unwrap());
        let held = Keys::chosen(Scope::new("", "p").tenant("held"), "key", second * 1_000_000);
        drop(store.claim(&held, token, second));
        for tenant in 0..10_000 {
            let tenant = tenant.to_string();
            let keys = Keys::chosen(Scope::new("", "p").tenant(&tenant), "key", second);
            drop(store.claim(&keys, token, second));
            time.fetch_add(1, Ordering::Relaxed);
        }
        let endpoints = lock(&store.endpoints);
        assert!(endpoints.len() < 100, "{}", endpoints.len());
        assert!(endpoints.contains_key(&held.namespace()));
    }
}
