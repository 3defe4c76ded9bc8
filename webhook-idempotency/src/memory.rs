use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::keys::{Key, Keys};
use crate::store::{Claim, ClaimStore, StoreError, StoreFuture, Token};

/// Claims in the memory of one process, for a service that runs as one.
///
/// It holds as many keys as it was made for. A delivery has one key for each secret, and one more if it
/// has an id. When all are live it refuses further claims rather than forget one, and the service answers
/// 503; at four fifths it warns in the log. What it knows is gone when the process ends: a delivery that
/// is sent again after that is handled again.
///
/// Keep one for the whole process. In actix-web, make it outside the closure of `HttpServer::new`, which
/// runs for every worker.
pub struct MemoryStore {
    shards: Vec<Mutex<Shard>>,
    capacity: usize,
    used: AtomicUsize,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
}

/// Claims in different shards do not wait for each other.
const SHARDS: usize = 16;

#[derive(Default)]
struct Shard {
    entries: HashMap<Key, Entry>,
    /// When entries may be over. One may stand here more than once; the entry itself knows.
    expiries: BinaryHeap<Reverse<(Duration, Key)>>,
}

struct Entry {
    claim: Arc<Mutex<State>>,
    until: Duration,
}

/// What all keys of a claim share.
#[derive(Clone, Copy)]
enum State {
    InFlight { token: Token, until: Duration },
    Committed { until: Duration },
    Over,
}

impl MemoryStore {
    /// How long committed claims are kept unless the user says otherwise. Shorter than other stores keep
    /// them, since memory is dearer.
    pub const DEFAULT_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

    /// Holds up to `capacity` keys.
    pub fn new(capacity: usize) -> Self {
        let start = Instant::now();
        Self::with_clock(capacity, move || start.elapsed())
    }

    /// Tells the time by `clock`: how long it has been since some moment, never less than before. For
    /// tests.
    pub fn with_clock(
        capacity: usize,
        clock: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            capacity,
            used: AtomicUsize::new(0),
            clock: Box::new(clock),
        }
    }

    /// How many keys it holds, live ones and some that are over.
    pub fn len(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether it holds no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys it can hold.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Locks all shards that the keys belong to, and drops what is over in them.
    fn lock(&self, keys: &Keys) -> Locked<'_> {
        let mut indexes: Vec<_> = keys.all().map(|(key, _)| shard_of(key)).collect();
        // In order, so that two of these never wait for each other.
        indexes.sort_unstable();
        indexes.dedup();
        let now = (self.clock)();
        let mut shards = Vec::with_capacity(indexes.len());
        for index in indexes {
            if let Some(shard) = self.shards.get(index) {
                let mut shard = lock(shard);
                self.sweep(&mut shard, now);
                shards.push((index, shard));
            }
        }
        Locked { store: self, shards, now }
    }

    fn sweep_all(&self) {
        let now = (self.clock)();
        for shard in &self.shards {
            self.sweep(&mut lock(shard), now);
        }
    }

    fn sweep(&self, shard: &mut Shard, now: Duration) {
        while let Some(Reverse((at, key))) = shard.expiries.peek().copied()
            && at <= now
        {
            shard.expiries.pop();
            if shard.entries.get(&key).is_some_and(|entry| !entry.is_kept(now)) {
                shard.entries.remove(&key);
                self.used.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// Sets room aside for so many more keys.
    fn reserve(&self, more: usize) -> Result<(), StoreError> {
        let within = |used: usize| used.checked_add(more).filter(|used| *used <= self.capacity);
        let before = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, within)
            .map_err(|_| StoreError::full())?;
        let four_fifths = self.capacity / 5 * 4;
        if before < four_fifths && before + more >= four_fifths {
            tracing::warn!(capacity = self.capacity, "the claim store is four fifths full");
        }
        Ok(())
    }

    fn try_claim(&self, keys: &Keys, token: Token, lease: Duration) -> Result<Claim, StoreError> {
        let mut locked = self.lock(keys);
        if let Some(claim) = keys.fingerprints().iter().find_map(|key| locked.live(*key)) {
            return Ok(answer(&claim, token));
        }
        if let Some(claim) = keys.id().and_then(|id| locked.live(id)) {
            let answer = answer(&claim, token);
            let until = locked.now + keys.fingerprint_retention();
            locked.insert(keys.fingerprints().iter().map(|key| (*key, until)), &claim)?;
            return Ok(answer);
        }
        let until = locked.now + lease;
        let claim = Arc::new(Mutex::new(State::InFlight { token, until }));
        locked.insert(keys.all().map(|(key, _)| (key, until)), &claim)?;
        Ok(Claim::Ours)
    }

    fn commit_now(&self, keys: &Keys, token: Token) -> bool {
        let mut locked = self.lock(keys);
        let Some(claim) = locked.held_by(token, keys) else { return false };
        let now = locked.now;
        *lock(&claim) = State::Committed { until: now + keys.longest_retention() };
        for (key, retention) in keys.all() {
            locked.keep(key, &claim, now + retention);
        }
        true
    }

    fn release_now(&self, keys: &Keys, token: Token) {
        let mut locked = self.lock(keys);
        if let Some(claim) = locked.held_by(token, keys) {
            *lock(&claim) = State::Over;
            locked.remove_over(keys);
        }
    }

    fn forget_now(&self, keys: &Keys) -> bool {
        let mut locked = self.lock(keys);
        let live: Vec<_> = keys.all().filter_map(|(key, _)| locked.live(key)).collect();
        for claim in &live {
            *lock(claim) = State::Over;
        }
        locked.remove_over(keys);
        !live.is_empty()
    }
}

impl ClaimStore for MemoryStore {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        let claim = self.try_claim(keys, token, lease).or_else(|_| {
            self.sweep_all();
            self.try_claim(keys, token, lease)
        });
        Box::pin(ready(claim))
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        Box::pin(ready(Ok(self.commit_now(keys, token))))
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        self.release_now(keys, token);
        Box::pin(ready(Ok(())))
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        Box::pin(ready(Ok(self.forget_now(keys))))
    }

    fn default_retention(&self) -> Duration {
        Self::DEFAULT_RETENTION
    }
}

/// The shards of one step, held until it is done.
struct Locked<'a> {
    store: &'a MemoryStore,
    shards: Vec<(usize, MutexGuard<'a, Shard>)>,
    now: Duration,
}

impl Locked<'_> {
    fn shard(&mut self, key: Key) -> Option<&mut Shard> {
        let wanted = shard_of(key);
        self.shards.iter_mut().find(|(index, _)| *index == wanted).map(|(_, shard)| &mut **shard)
    }

    /// The live claim that a key belongs to.
    fn live(&mut self, key: Key) -> Option<Arc<Mutex<State>>> {
        let now = self.now;
        let entry = self.shard(key)?.entries.get(&key)?;
        entry.is_kept(now).then(|| entry.claim.clone())
    }

    /// The live claim in flight that the token holds.
    fn held_by(&mut self, token: Token, keys: &Keys) -> Option<Arc<Mutex<State>>> {
        keys.all().filter_map(|(key, _)| self.live(key)).find(
            |claim| matches!(*lock(claim), State::InFlight { token: holder, .. } if holder == token),
        )
    }

    /// Gives keys to a claim, whoever had them, or none of them if there is no room.
    fn insert(
        &mut self,
        keys: impl Iterator<Item = (Key, Duration)> + Clone,
        claim: &Arc<Mutex<State>>,
    ) -> Result<(), StoreError> {
        let is_new = |locked: &mut Self, key: Key| {
            locked.shard(key).is_some_and(|shard| !shard.entries.contains_key(&key))
        };
        let new = keys.clone().filter(|(key, _)| is_new(self, *key)).count();
        self.store.reserve(new)?;
        for (key, until) in keys {
            if let Some(shard) = self.shard(key) {
                shard.entries.insert(key, Entry { claim: claim.clone(), until });
                shard.expiries.push(Reverse((until, key)));
            }
        }
        Ok(())
    }

    /// Keeps a key of this claim until then.
    fn keep(&mut self, key: Key, claim: &Arc<Mutex<State>>, until: Duration) {
        let Some(shard) = self.shard(key) else { return };
        if let Some(entry) = shard.entries.get_mut(&key)
            && Arc::ptr_eq(&entry.claim, claim)
        {
            entry.until = until;
            shard.expiries.push(Reverse((until, key)));
        }
    }

    /// Removes those of the keys whose claim is over.
    fn remove_over(&mut self, keys: &Keys) {
        let now = self.now;
        for (key, _) in keys.all() {
            let Some(shard) = self.shard(key) else { continue };
            if shard.entries.get(&key).is_some_and(|entry| !entry.is_kept(now)) {
                shard.entries.remove(&key);
                self.store.used.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

impl Entry {
    fn is_kept(&self, now: Duration) -> bool {
        let claim_until = match *lock(&self.claim) {
            State::InFlight { until, .. } | State::Committed { until } => until,
            State::Over => Duration::ZERO,
        };
        now < self.until && now < claim_until
    }
}

/// What the holder of a token is told of a live claim.
fn answer(claim: &Mutex<State>, token: Token) -> Claim {
    match *lock(claim) {
        State::InFlight { token: holder, .. } if holder == token => Claim::Ours,
        State::InFlight { .. } | State::Over => Claim::InFlight,
        State::Committed { .. } => Claim::Committed,
    }
}

fn shard_of(key: Key) -> usize {
    key.as_ref().first().map_or(0, |byte| usize::from(*byte) % SHARDS)
}

/// Every change under these locks is whole before anything that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("capacity", &self.capacity)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}
