use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::Ordering;
use std::time::Duration;

use slab::Slab;

use super::Room;
use crate::keys::{Key, Keys, Note};
use crate::store::{Claim, MAX_IDS, StoreError, Token};

/// The claims of one endpoint.
#[derive(Default)]
pub(super) struct Endpoint {
    keys: HashMap<Key, Entry>,
    claims: Slab<Record>,
    /// When keys may have expired. The exact time is in the key's entry; each key is here at least once.
    expiries: BinaryHeap<Reverse<(Duration, Key)>>,
    /// The number of keys that belong to committed claims.
    committed: usize,
    /// Whether a warning was logged since the endpoint was last half empty.
    has_warned: bool,
}

struct Entry {
    claim: usize,
    until: Duration,
}

struct Record {
    state: State,
    ids: usize,
    is_flooded: bool,
    note: Note,
    /// The number of entries that belong to it.
    keys: usize,
}

#[derive(Clone, Copy)]
enum State {
    InFlight { token: Token, until: Duration },
    Free,
    Committed { token: Token },
    Forgotten,
}

/// The time of a step, and the room that all endpoints share.
#[derive(Clone, Copy)]
pub(super) struct Now<'a> {
    pub(super) time: Duration,
    pub(super) room: &'a Room,
}

impl Endpoint {
    pub(super) fn claim(
        &mut self,
        now: Now<'_>,
        keys: &Keys,
        token: Token,
        lease: Duration,
    ) -> Result<Claim, StoreError> {
        let claim = self.claim_of(now, keys);
        let answer = claim.and_then(|claim| self.claims.get(claim)).and_then(|record| match record
            .state(now)
        {
            State::Committed { .. } => Some(Claim::Committed(record.note)),
            State::InFlight { token: holder, .. } if holder != token => {
                Some(Claim::InFlight(record.note))
            }
            State::InFlight { .. } | State::Free | State::Forgotten => None,
        });
        if let Some(answer) = answer {
            self.join(now, claim, keys, None)?;
            return Ok(answer);
        }
        let until = now.time.saturating_add(lease);
        self.join(now, claim, keys, Some((State::InFlight { token, until }, lease)))?;
        Ok(Claim::Ours)
    }

    pub(super) fn commit(
        &mut self,
        now: Now<'_>,
        keys: &Keys,
        token: Token,
    ) -> Result<bool, StoreError> {
        let own = self.find(now, keys, |state| state.is_of(token));
        let claim = own.or_else(|| self.claim_of(now, keys));
        let state = claim.and_then(|claim| self.claims.get(claim)).map(|record| record.state(now));
        if own.is_none() && state.is_some_and(|state| state.rank() > State::Free.rank()) {
            return Ok(false);
        }
        self.join(now, claim, keys, Some((State::Committed { token }, Duration::ZERO)))?;
        Ok(true)
    }

    pub(super) fn release(&mut self, now: Now<'_>, keys: &Keys, token: Token) {
        let is_held =
            |state| matches!(state, State::InFlight { token: holder, .. } if holder == token);
        while let Some(claim) = self.find(now, keys, is_held) {
            self.set_state(now, claim, State::Free);
        }
    }

    pub(super) fn forget(&mut self, now: Now<'_>, keys: &Keys) -> bool {
        let mut found = false;
        while let Some(claim) = self.find(now, keys, |_| true) {
            self.set_state(now, claim, State::Forgotten);
            found = true;
        }
        for (key, _) in keys.all() {
            let entry = self.keys.get(&key).map(|entry| entry.claim);
            if entry.is_some_and(|claim| self.is_forgotten(claim)) {
                self.remove(now, key);
            }
        }
        found
    }

    /// Returns the live claim that a key belongs to.
    fn of_key(&self, now: Now<'_>, key: Key) -> Option<usize> {
        let entry = self.keys.get(&key).filter(|entry| now.time < entry.until)?;
        (!self.is_forgotten(entry.claim)).then_some(entry.claim)
    }

    fn is_forgotten(&self, claim: usize) -> bool {
        self.claims.get(claim).is_none_or(|record| matches!(record.state, State::Forgotten))
    }

    /// Returns the first live claim of the keys whose state satisfies `is_it`.
    fn find(&self, now: Now<'_>, keys: &Keys, is_it: impl Fn(State) -> bool) -> Option<usize> {
        keys.all()
            .filter_map(|(key, _)| self.of_key(now, key))
            .find(|claim| self.claims.get(*claim).is_some_and(|record| is_it(record.state(now))))
    }

    /// Returns the delivery's claim: a committed one, otherwise one in flight, otherwise a free one.
    fn claim_of(&self, now: Now<'_>, keys: &Keys) -> Option<usize> {
        let mut best = None;
        for (key, _) in keys.all() {
            let Some(claim) = self.of_key(now, key) else { continue };
            let rank = self.claims.get(claim).map_or(0, |record| record.state(now).rank());
            if best.is_none_or(|(_, highest)| rank > highest) {
                best = Some((claim, rank));
            }
        }
        best.map(|(claim, _)| claim)
    }

    /// Lets the keys join a claim, or a new one.
    ///
    /// With a state, the claim gets that state and the note, and all keys are renewed for at least the given time. If
    /// there is no room, nothing changes.
    fn join(
        &mut self,
        now: Now<'_>,
        claim: Option<usize>,
        keys: &Keys,
        renewal: Option<(State, Duration)>,
    ) -> Result<(), StoreError> {
        let (ids, is_flooded) = claim
            .and_then(|claim| self.claims.get(claim))
            .map_or((0, false), |record| (record.ids, record.is_flooded));
        let new_id = keys.unsigned_id().filter(|id| self.is_joining(now, claim, *id));
        let refused = new_id.filter(|_| ids >= MAX_IDS);
        let joining = keys.all().filter(|(key, _)| refused != Some(*key));
        let new = joining.clone().filter(|(key, _)| !self.keys.contains_key(key)).count();
        self.reserve(now, new)?;
        let before = self.keys.len();

        let claim = claim.unwrap_or_else(|| self.claims.insert(Record::NEW));
        if let Some(record) = self.claims.get_mut(claim) {
            record.ids += usize::from(new_id.is_some() && refused.is_none());
            record.is_flooded |= refused.is_some();
            if renewal.is_some() {
                record.note = keys.note();
            }
        }
        if let Some((state, _)) = renewal {
            self.set_state(now, claim, state);
        }
        let is_now_flooded = refused.is_some() && !is_flooded;
        let body = keys.body().filter(|_| is_flooded || refused.is_some());
        for (key, retention) in joining {
            let is_in = self.of_key(now, key) == Some(claim);
            let is_renewed = renewal.is_some() || is_now_flooded && body == Some(key);
            if is_in && is_renewed || self.is_joining(now, Some(claim), key) {
                let kept = if body == Some(key) { keys.body_retention() } else { retention };
                let kept = kept.max(renewal.map_or(Duration::ZERO, |(_, at_least)| at_least));
                self.put(now, key, claim, now.time.saturating_add(kept));
            }
        }
        // Zero, unless a key was given twice.
        let unused = new.saturating_sub(self.keys.len().saturating_sub(before));
        now.room.used.fetch_sub(unused, Ordering::Relaxed);
        Ok(())
    }

    /// Returns whether a key would join this claim: it belongs to no claim, or to another one that is free.
    fn is_joining(&self, now: Now<'_>, claim: Option<usize>, key: Key) -> bool {
        self.of_key(now, key).is_none_or(|other| {
            let state = self.claims.get(other).map(|record| record.state(now));
            Some(other) != claim && state.is_none_or(|state| state.rank() == State::Free.rank())
        })
    }

    fn put(&mut self, now: Now<'_>, key: Key, claim: usize, until: Duration) {
        if let Some(record) = self.claims.get_mut(claim) {
            record.keys += 1;
            if record.is_committed() {
                self.committed += 1;
                now.room.committed.fetch_add(1, Ordering::Relaxed);
            }
        }
        // Detached last, since it may be the only key of the claim.
        match self.keys.insert(key, Entry { claim, until }) {
            Some(old) => self.detach(now, old.claim),
            None => self.expiries.push(Reverse((until, key))),
        }
    }

    fn remove(&mut self, now: Now<'_>, key: Key) {
        if let Some(entry) = self.keys.remove(&key) {
            now.room.used.fetch_sub(1, Ordering::Relaxed);
            self.detach(now, entry.claim);
        }
    }

    /// Removes one key from the count of a claim. Without keys, the claim is removed.
    fn detach(&mut self, now: Now<'_>, claim: usize) {
        let Some(record) = self.claims.get_mut(claim) else { return };
        record.keys -= 1;
        if record.is_committed() {
            self.committed -= 1;
            now.room.committed.fetch_sub(1, Ordering::Relaxed);
        }
        if record.keys == 0 {
            self.claims.remove(claim);
        }
    }

    fn set_state(&mut self, now: Now<'_>, claim: usize, state: State) {
        let Some(record) = self.claims.get_mut(claim) else { return };
        let was_committed = record.is_committed();
        record.state = state;
        if was_committed && !record.is_committed() {
            self.committed -= record.keys;
            now.room.committed.fetch_sub(record.keys, Ordering::Relaxed);
        } else if !was_committed && record.is_committed() {
            self.committed += record.keys;
            now.room.committed.fetch_add(record.keys, Ordering::Relaxed);
        }
    }

    /// Removes a few expired keys. Every step does, so that no step takes long.
    pub(super) fn sweep(&mut self, now: Now<'_>) {
        self.sweep_some(now, 32);
    }

    /// Removes many expired keys. Returns whether there are no others.
    pub(super) fn sweep_much(&mut self, now: Now<'_>) -> bool {
        self.sweep_some(now, 4096);
        self.keys.is_empty()
    }

    fn sweep_some(&mut self, now: Now<'_>, at_most: usize) {
        for _ in 0..at_most {
            let Some(Reverse((at, key))) = self.expiries.peek().copied() else { break };
            if now.time < at {
                break;
            }
            self.expiries.pop();
            match self.keys.get(&key) {
                Some(entry) if now.time < entry.until => {
                    self.expiries.push(Reverse((entry.until, key)));
                }
                Some(_) => self.remove(now, key),
                None => {}
            }
        }
    }

    /// Reserves room for this many more keys.
    fn reserve(&mut self, now: Now<'_>, more: usize) -> Result<(), StoreError> {
        if more == 0 {
            return Ok(());
        }
        let (room, quota) = (now.room, now.room.quota);
        let keys = self.keys.len().saturating_add(more);
        if keys > quota {
            return Err(full(self.keys.len(), self.committed));
        }
        let committed = room.committed.load(Ordering::Relaxed);
        let Some(used) = room.take(more) else { return Err(full(room.capacity, committed)) };
        if is_at_four_fifths(keys, quota, &mut self.has_warned) {
            let committed = self.committed;
            tracing::warn!(
                keys,
                committed,
                quota,
                "an endpoint's quota of claims is four fifths full"
            );
        }
        let mut has_warned = room.has_warned.load(Ordering::Relaxed);
        if is_at_four_fifths(used, room.capacity, &mut has_warned) {
            let capacity = room.capacity;
            tracing::warn!(keys = used, committed, capacity, "the claim store is four fifths full");
        }
        room.has_warned.store(has_warned, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns `true` when `used` reaches four fifths of `of`, and again only after it has been below half.
fn is_at_four_fifths(used: usize, of: usize, has_warned: &mut bool) -> bool {
    let is_now = used >= of / 5 * 4 && !*has_warned;
    *has_warned = is_now || *has_warned && used >= of / 2;
    is_now
}

fn full(keys: usize, committed: usize) -> StoreError {
    if committed >= keys.div_ceil(2) { StoreError::full_of_committed() } else { StoreError::full() }
}

impl Record {
    const NEW: Self =
        Self { state: State::Free, ids: 0, is_flooded: false, note: Note::NONE, keys: 0 };

    /// Returns its state. A claim whose lease has ended is free.
    fn state(&self, now: Now<'_>) -> State {
        match self.state {
            State::InFlight { until, .. } if until <= now.time => State::Free,
            state => state,
        }
    }

    const fn is_committed(&self) -> bool {
        matches!(self.state, State::Committed { .. })
    }
}

impl State {
    /// Of several claims, the one with the highest rank is the delivery's claim.
    const fn rank(self) -> u8 {
        match self {
            Self::Committed { .. } => 2,
            Self::InFlight { .. } => 1,
            Self::Free | Self::Forgotten => 0,
        }
    }

    fn is_of(self, token: Token) -> bool {
        match self {
            Self::InFlight { token: holder, .. } | Self::Committed { token: holder } => {
                holder == token
            }
            Self::Free | Self::Forgotten => false,
        }
    }
}
