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

/// Claims in the memory of one process, for a service that runs as one.
///
/// It holds as many keys as it was made for. A delivery has one key for each secret, one more if it has an id, and one
/// more for its body if the provider signs the time and not the id. One endpoint takes at most its
/// [quota](Self::quota), half of the capacity unless you set it, so that a burst at one endpoint does not close the
/// others. Beyond that the store refuses further claims rather than forget one, and the service answers 503. It warns
/// in the log when an endpoint has used four fifths of its quota, or all together four fifths of the capacity.
///
/// What it knows is gone when the process ends: a delivery that is sent again after that is handled again.
///
/// Keep one for the whole process. In actix-web, make it outside the closure of `HttpServer::new`, which runs for every
/// worker.
pub struct MemoryStore {
    /// By namespace. The keys of a claim all have the same, so endpoints never wait for each other.
    endpoints: Mutex<HashMap<Key, Arc<Mutex<Endpoint>>>>,
    room: Room,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// How many keys there may be, and how many there are in all endpoints.
struct Room {
    capacity: usize,
    quota: usize,
    used: AtomicUsize,
    committed: AtomicUsize,
    has_warned: AtomicBool,
}

impl MemoryStore {
    /// How long committed claims are kept unless the user says otherwise. Shorter than other stores keep them, since
    /// memory is dearer.
    pub const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

    /// Holds up to `capacity` keys, half of them for one endpoint.
    pub fn new(capacity: usize) -> Self {
        let start = Instant::now();
        Self::with_clock(capacity, move || start.elapsed())
    }

    /// Tells the time by `clock`: how long it has been since some moment, never less than before. For tests.
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

    /// Lets one endpoint take up to `keys` keys. The capacity, if a single endpoint uses the store.
    #[must_use]
    pub const fn quota(mut self, keys: usize) -> Self {
        self.room.quota = keys;
        self
    }

    /// How many keys it holds, some of which may have expired.
    pub fn len(&self) -> usize {
        self.room.used.load(Ordering::Relaxed)
    }

    /// How many of these keys belong to committed claims.
    pub fn committed(&self) -> usize {
        self.room.committed.load(Ordering::Relaxed)
    }

    /// Whether it holds no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys it can hold.
    pub const fn capacity(&self) -> usize {
        self.room.capacity
    }

    /// Runs one step on the endpoint that the keys belong to.
    fn step<T>(&self, keys: &Keys, step: impl FnOnce(&mut Endpoint, Now<'_>) -> T) -> T {
        let endpoint = lock(&self.endpoints).entry(keys.namespace()).or_default().clone();
        let mut endpoint = lock(&endpoint);
        let now = Now { time: (self.clock)(), room: &self.room };
        endpoint.sweep(now);
        step(&mut endpoint, now)
    }

    /// Runs a step that takes room. If there is none, it is made by dropping what has expired anywhere.
    fn step_with_room<T>(
        &self,
        keys: &Keys,
        step: impl Fn(&mut Endpoint, Now<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.step(keys, &step).or_else(|_| {
            let all: Vec<_> = lock(&self.endpoints).values().cloned().collect();
            for endpoint in all {
                lock(&endpoint).sweep_much(Now { time: (self.clock)(), room: &self.room });
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
    /// Takes room for so many more keys, if all endpoints together have it. Returns how many they have then.
    fn take(&self, more: usize) -> Option<usize> {
        let within = |used: usize| used.checked_add(more).filter(|used| *used <= self.capacity);
        let before = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within);
        before.ok().map(|before| before.saturating_add(more))
    }
}

/// Every change under these locks is whole before anything that could panic.
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
