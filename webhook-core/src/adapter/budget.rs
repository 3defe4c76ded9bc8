use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::{fmt, mem};

use bytes::Bytes;

use crate::rejection::{Rejection, RejectionKind};

/// The first bytes of each body are not counted, because the head of its connection costs more.
pub(super) const FREE: usize = 16 * 1024;

/// The bytes after those are counted in steps of this size. So at most `max / STEP` bodies are counted at a
/// time, and a body that arrives in small frames rarely takes the lock.
const STEP: usize = 16 * 1024;

/// The limit on the bytes that all counted bodies, unfinished and verified, hold together.
///
/// When it is reached, the unfinished body with the largest product of bytes and age is evicted. The age of a
/// body is the number of bodies admitted since, so that no clock is needed. A verified body is never evicted.
///
/// Choosing a body visits all unfinished bodies that are counted, at most `max / 16 KiB`.
pub(super) struct Budget {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The bytes of all counted bodies.
    used: usize,
    /// The part of `used` that belongs to unfinished bodies.
    unfinished: usize,
    /// How many bodies have been counted since the start.
    admitted: u64,
    /// The unfinished bodies, by the number of their admission.
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    bytes: usize,
    /// Wakes the task that reads the body when the body is evicted, so that the task frees its memory.
    waker: Waker,
}

impl Budget {
    pub(super) fn new(max: usize) -> Self {
        Self { max, state: Mutex::default() }
    }

    pub(super) fn share(self: &Arc<Self>) -> Share {
        Share { budget: self.clone(), admission: None, bytes: 0 }
    }

    /// Wakers are neither woken nor dropped under the lock, since either may drop a task and its share with
    /// it.
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code under the lock leaves the state inconsistent if it panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakers have no useful debug output.
impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({})", self.max)
    }
}

impl State {
    /// Returns the number of the body with the largest product of bytes and age; among equals, the oldest.
    fn heaviest(&self) -> Option<u64> {
        let weight = |number: u64, waiting: &Waiting| {
            let age = self.admitted.saturating_sub(number).saturating_add(1);
            waiting.bytes as u128 * u128::from(age)
        };
        let newest_first = self.waiting.iter().rev();
        newest_first.max_by_key(|(number, waiting)| weight(**number, waiting)).map(|(it, _)| *it)
    }

    /// Stops counting an unfinished body. Returns `None` if it was evicted before.
    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&number)?;
        self.used = self.used.saturating_sub(waiting.bytes);
        self.unfinished = self.unfinished.saturating_sub(waiting.bytes);
        Some(waiting)
    }
}

/// The part of a budget that one body holds. Dropping it gives the bytes back.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    /// Set while the body is counted and unfinished.
    admission: Option<u64>,
    bytes: usize,
}

impl Share {
    /// Counts a body that is `len` bytes long now.
    ///
    /// If the body was not counted before, `waker` is woken when it is evicted. Pass later wakers to
    /// [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Overloaded`] if the body was evicted, or if there is no room for it.
    pub(super) fn hold(&mut self, len: usize, waker: &Waker) -> Result<(), Rejection> {
        let needed = counted(len);
        if needed <= self.bytes {
            return Ok(());
        }
        let mut gone = Vec::new();
        let held = self.grow(needed, waker, &mut gone);
        for waiting in gone {
            waiting.waker.wake();
        }
        if held { Ok(()) } else { Err(RejectionKind::Overloaded.into()) }
    }

    /// Makes room, admits the body if it is new, and counts it. Evicted bodies are moved into `gone`.
    fn grow(&mut self, needed: usize, waker: &Waker, gone: &mut Vec<Waiting>) -> bool {
        let mut state = self.budget.lock();
        if self.admission.is_some_and(|number| !state.waiting.contains_key(&number)) {
            return false;
        }
        let finished = state.used.saturating_sub(state.unfinished);
        if finished.saturating_add(needed) > self.budget.max {
            return false;
        }
        let more = needed.saturating_sub(self.bytes);
        while state.used.saturating_add(more) > self.budget.max {
            match state.heaviest() {
                Some(number) if self.admission != Some(number) => gone.extend(state.remove(number)),
                _ => return false,
            }
        }
        state.used = state.used.saturating_add(more);
        state.unfinished = state.unfinished.saturating_add(more);
        if let Some(waiting) = self.admission.and_then(|it| state.waiting.get_mut(&it)) {
            waiting.bytes = needed;
        } else {
            let number = state.admitted.saturating_add(1);
            state.admitted = number;
            state.waiting.insert(number, Waiting { bytes: needed, waker: waker.clone() });
            self.admission = Some(number);
        }
        self.bytes = needed;
        true
    }

    /// Replaces the waker that is woken when the body is evicted.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Overloaded`] if the body was evicted.
    pub(super) fn wait(&self, waker: &Waker) -> Result<(), Rejection> {
        let Some(number) = self.admission else { return Ok(()) };
        let mut state = self.budget.lock();
        let waiting = state.waiting.get_mut(&number).ok_or(RejectionKind::Overloaded)?;
        if !waiting.waker.will_wake(waker) {
            let old = mem::replace(&mut waiting.waker, waker.clone());
            drop(state);
            drop(old);
        }
        Ok(())
    }

    /// Ties the share to a complete body, so that it is given back when the last clone of the bytes is
    /// dropped. A body that is not counted is returned unchanged.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Overloaded`] if the body was evicted.
    pub(super) fn keep(mut self, body: Bytes) -> Result<Bytes, Rejection> {
        let Some(number) = self.admission else { return Ok(body) };
        let mut state = self.budget.lock();
        let waiting = state.waiting.remove(&number).ok_or(RejectionKind::Overloaded)?;
        state.unfinished = state.unfinished.saturating_sub(waiting.bytes);
        drop(state);
        self.admission = None;
        Ok(Bytes::from_owner(Kept { body, _share: self }))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut state = self.budget.lock();
        let gone = if let Some(number) = self.admission {
            state.remove(number)
        } else {
            state.used = state.used.saturating_sub(self.bytes);
            None
        };
        drop(state);
        drop(gone);
    }
}

/// The bytes of a verified body with their share of the budget.
struct Kept {
    body: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// Returns how many bytes of a body of this length are counted.
fn counted(len: usize) -> usize {
    len.saturating_sub(FREE).checked_next_multiple_of(STEP).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    const KIB: usize = 1024;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns a budget of this many steps.
    fn budget(steps: usize) -> Arc<Budget> {
        Arc::new(Budget::new(steps * STEP))
    }

    /// Counts this many steps. Returns `false` if the body is rejected.
    fn hold(share: &mut Share, steps: usize) -> bool {
        share.hold(FREE + steps * STEP, Waker::noop()).is_ok()
    }

    /// Returns bodies that hold one step each, the oldest first.
    fn one_step_each<const N: usize>(budget: &Arc<Budget>) -> [Share; N] {
        std::array::from_fn(|_| {
            let mut share = budget.share();
            assert!(hold(&mut share, 1));
            share
        })
    }

    fn is_held(share: &Share) -> bool {
        share.wait(Waker::noop()).is_ok()
    }

    fn used(budget: &Budget) -> usize {
        budget.lock().used / STEP
    }

    #[test]
    fn the_first_16_kib_are_free_and_the_rest_is_counted_in_steps() {
        for (len, steps) in [
            (0, 0),
            (16 * KIB, 0),
            (16 * KIB + 1, 1),
            (32 * KIB, 1),
            (32 * KIB + 1, 2),
            (1024 * KIB, 63),
        ] {
            assert_eq!(counted(len), steps * STEP, "{len}");
        }
        assert_eq!(counted(usize::MAX), usize::MAX - STEP + 1);
    }

    #[test]
    fn small_bodies_are_accepted_when_the_budget_is_full() {
        let budget = budget(1);
        let (mut large, mut small) = (budget.share(), budget.share());
        assert!(hold(&mut large, 1));
        assert!(hold(&mut small, 0));
        assert!(is_held(&large));
        assert_eq!(small.keep(Bytes::from_static(b"x")).unwrap(), "x");
    }

    #[test]
    fn the_largest_body_is_evicted_for_a_new_one_and_woken_once() {
        let budget = budget(10);
        let woken = Arc::new(Count::default());
        let [mut small, mut large, mut newcomer] = std::array::from_fn(|_| budget.share());
        assert!(hold(&mut small, 3));
        large.hold(FREE + 7 * STEP, &Waker::from(woken.clone())).unwrap();
        assert_eq!(used(&budget), 10);

        assert!(hold(&mut newcomer, 2));
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert_eq!(used(&budget), 5, "an evicted body no longer counts");
        assert!(is_held(&small) && is_held(&newcomer) && !is_held(&large));
        assert!(!hold(&mut large, 8), "an evicted body stays evicted");
        let kind = large.keep(Bytes::new()).unwrap_err().kind();
        assert_eq!(kind, RejectionKind::Overloaded);
        assert_eq!(used(&budget), 5, "nothing is given back twice");
    }

    #[test]
    fn the_oldest_of_equal_bodies_is_evicted() {
        let budget = budget(4);
        let shares: [_; 4] = one_step_each(&budget);
        let newcomers: [_; 2] = one_step_each(&budget);
        assert_eq!(shares.each_ref().map(is_held), [false, false, true, true]);
        assert!(newcomers.iter().all(is_held));
    }

    #[test]
    fn an_old_body_is_evicted_before_a_larger_new_one() {
        let budget = budget(10);
        let [mut old, mut finished, mut large, mut newcomer] =
            std::array::from_fn(|_| budget.share());
        assert!(hold(&mut old, 3));
        for _ in 0..2 {
            // Each admission makes the old body one unit older.
            finished = budget.share();
            assert!(hold(&mut finished, 1));
        }
        drop(finished);
        assert!(hold(&mut large, 5));
        // 3 steps held for 4 admissions weigh more than 5 steps held for one.
        assert!(hold(&mut newcomer, 3));
        assert!(!is_held(&old) && is_held(&large) && is_held(&newcomer));
    }

    #[test]
    fn as_many_bodies_are_evicted_as_needed() {
        let budget = budget(4);
        let shares: [_; 4] = one_step_each(&budget);
        let mut newcomer = budget.share();
        assert!(hold(&mut newcomer, 3));
        assert_eq!(shares.each_ref().map(is_held), [false, false, false, true]);
        assert_eq!(used(&budget), 4);
    }

    #[test]
    fn a_growing_body_that_is_the_heaviest_is_rejected_itself() {
        let budget = budget(10);
        let (mut small, mut large) = (budget.share(), budget.share());
        assert!(hold(&mut small, 2));
        assert!(hold(&mut large, 8));
        assert!(!hold(&mut large, 9));
        drop(large);
        assert!(is_held(&small));
        assert_eq!(used(&budget), 2);
    }

    #[test]
    fn a_body_larger_than_the_budget_is_rejected_without_evicting_others() {
        let budget = budget(10);
        let (mut other, mut over) = (budget.share(), budget.share());
        assert!(hold(&mut other, 10));
        assert!(!hold(&mut over, 11));
        assert!(over.hold(usize::MAX, Waker::noop()).is_err());
        assert!(is_held(&other));
    }

    #[test]
    fn a_verified_body_keeps_its_share_until_its_last_clone_is_dropped() {
        let budget = budget(10);
        let mut share = budget.share();
        assert!(hold(&mut share, 8));
        let body = share.keep(Bytes::from_static(b"verified")).unwrap();
        assert_eq!(body, "verified");

        let mut newcomer = budget.share();
        assert!(!hold(&mut newcomer, 3), "a verified body is not evicted");
        assert!(hold(&mut newcomer, 2));
        let part = body.slice(1..2);
        drop(body);
        assert_eq!(used(&budget), 10, "a slice is a clone");
        drop((part, newcomer));
        assert_eq!(used(&budget), 0);
        assert!(budget.lock().waiting.is_empty());
    }

    #[test]
    fn dropping_an_unfinished_body_gives_its_share_back() {
        let budget = budget(10);
        let mut share = budget.share();
        assert!(hold(&mut share, 4));
        assert!(hold(&mut share, 8));
        assert_eq!(used(&budget), 8);
        drop(share);
        assert_eq!((used(&budget), budget.lock().unfinished), (0, 0));
        assert!(budget.lock().waiting.is_empty());
    }
}
