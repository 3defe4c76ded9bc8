use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::{fmt, mem};

use bytes::Bytes;

use crate::rejection::{Rejection, RejectionKind};

/// The first bytes of each body are not counted: the head of its connection costs more.
pub(super) const FREE: usize = 16 * 1024;

/// What comes after them is counted in steps of this size. So at most `max / STEP` bodies are counted at a
/// time, and a body in small frames seldom takes the lock.
const STEP: usize = 16 * 1024;

/// The bytes that all counted bodies may hold together, unfinished and verified ones.
///
/// When it is full, the unfinished body that has held most for longest gives way: the one with the largest
/// product of bytes and age. A body's age is the number of bodies that were admitted since it was, so that
/// no clock is needed. A verified body never gives way.
///
/// To choose takes a walk over the unfinished bodies that are counted: `max / 16 KiB` at most.
pub(super) struct Budget {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What all counted bodies hold.
    used: usize,
    /// What unfinished ones hold of it.
    unfinished: usize,
    /// How many bodies were ever counted.
    admitted: u64,
    /// The unfinished ones, by the number of their admission.
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    bytes: usize,
    /// Wakes the task that reads the body, so that it drops what it has when it has to give way.
    waker: Waker,
}

impl Budget {
    pub(super) fn new(max: usize) -> Self {
        Self { max, state: Mutex::default() }
    }

    pub(super) fn share(self: &Arc<Self>) -> Share {
        Share { budget: self.clone(), admission: None, bytes: 0 }
    }

    /// Wakers are neither woken nor dropped under the lock: either may drop a task, and its share with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A waker's identity is of no use to anybody.
impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Budget({})", self.max)
    }
}

impl State {
    /// The number of the body that has held most for longest; of equals the oldest.
    fn heaviest(&self) -> Option<u64> {
        let weight = |number: u64, waiting: &Waiting| {
            let age = self.admitted.saturating_sub(number).saturating_add(1);
            waiting.bytes as u128 * u128::from(age)
        };
        let newest_first = self.waiting.iter().rev();
        newest_first.max_by_key(|(number, waiting)| weight(**number, waiting)).map(|(it, _)| *it)
    }

    /// Stops counting an unfinished body. `None` if it gave way before.
    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&number)?;
        self.used = self.used.saturating_sub(waiting.bytes);
        self.unfinished = self.unfinished.saturating_sub(waiting.bytes);
        Some(waiting)
    }
}

/// What one body holds of a budget. Gives it back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    /// While the body is counted and unfinished.
    admission: Option<u64>,
    bytes: usize,
}

impl Share {
    /// Counts a body of now `len` bytes. If it was not counted before, `waker` is woken when it has to give
    /// way; later ones are handed to [`wait`](Self::wait).
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Overloaded`] if it gave way, or if there is no room for it.
    pub(super) fn hold(&mut self, len: usize, waker: &Waker) -> Result<(), Rejection> {
        let needed = counted(len);
        if needed <= self.bytes {
            return Ok(());
        }
        let mut gone = Vec::new();
        let held = self.grow(needed, waker, &mut gone);
        gone.into_iter().for_each(|gone: Waiting| gone.waker.wake());
        if held { Ok(()) } else { Err(RejectionKind::Overloaded.into()) }
    }

    /// Makes room, which others leave as `gone`, admits the body if it is new, and counts it.
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

    /// Has `waker` woken when the body has to give way.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Overloaded`] if it gave way already.
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

    /// Ties the share to a body that has come whole: it is given back when the last clone of the bytes is
    /// dropped. Nothing is done for a body that is not counted.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::Overloaded`] if it gave way.
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
        let gone = match self.admission {
            Some(number) => state.remove(number),
            None => {
                state.used = state.used.saturating_sub(self.bytes);
                None
            }
        };
        drop(state);
        drop(gone);
    }
}

/// The bytes of a verified body, and what they hold of the budget.
struct Kept {
    body: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

/// How much of a body's length is counted.
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

    /// A budget of so many steps.
    fn budget(steps: usize) -> Arc<Budget> {
        Arc::new(Budget::new(steps * STEP))
    }

    /// Counts so many steps. `false` if the body is refused.
    fn hold(share: &mut Share, steps: usize) -> bool {
        share.hold(FREE + steps * STEP, Waker::noop()).is_ok()
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
    fn small_bodies_are_taken_whatever_is_held() {
        let budget = budget(1);
        let (mut large, mut small) = (budget.share(), budget.share());
        assert!(hold(&mut large, 1));
        assert!(hold(&mut small, 0));
        assert!(is_held(&large));
        assert_eq!(small.keep(Bytes::from_static(b"x")).unwrap(), "x");
    }

    #[test]
    fn the_body_that_holds_most_gives_way_to_a_newcomer_and_is_woken_once() {
        let budget = budget(10);
        let woken = Arc::new(Count::default());
        let [mut small, mut large, mut newcomer] = std::array::from_fn(|_| budget.share());
        assert!(hold(&mut small, 3));
        large.hold(FREE + 7 * STEP, &Waker::from(woken.clone())).unwrap();
        assert_eq!(used(&budget), 10);

        assert!(hold(&mut newcomer, 2));
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert_eq!(used(&budget), 5, "what gave way no longer counts");
        assert!(is_held(&small) && is_held(&newcomer) && !is_held(&large));
        assert!(!hold(&mut large, 8), "it cannot come back");
        let kind = large.keep(Bytes::new()).unwrap_err().kind();
        assert_eq!(kind, RejectionKind::Overloaded);
        assert_eq!(used(&budget), 5, "nothing is given back twice");
    }

    #[test]
    fn of_equal_bodies_the_oldest_gives_way() {
        let budget = budget(4);
        let mut shares: [_; 4] = std::array::from_fn(|_| budget.share());
        shares.iter_mut().for_each(|share| assert!(hold(share, 1)));
        let mut newcomers: [_; 2] = std::array::from_fn(|_| budget.share());
        newcomers.iter_mut().for_each(|share| assert!(hold(share, 1)));
        assert_eq!(shares.each_ref().map(is_held), [false, false, true, true]);
    }

    #[test]
    fn an_old_body_outweighs_a_larger_new_one() {
        let budget = budget(10);
        let [mut old, mut finished, mut large, mut newcomer] =
            std::array::from_fn(|_| budget.share());
        assert!(hold(&mut old, 3));
        for _ in 0..2 {
            // Each admission is a moment in which the old one has held what it holds.
            finished = budget.share();
            assert!(hold(&mut finished, 1));
        }
        drop(finished);
        assert!(hold(&mut large, 5));
        // 3 steps for 4 admissions are more than 5 for one.
        assert!(hold(&mut newcomer, 3));
        assert!(!is_held(&old) && is_held(&large) && is_held(&newcomer));
    }

    #[test]
    fn as_many_give_way_as_are_needed() {
        let budget = budget(4);
        let mut shares: [_; 4] = std::array::from_fn(|_| budget.share());
        shares.iter_mut().for_each(|share| assert!(hold(share, 1)));
        let mut newcomer = budget.share();
        assert!(hold(&mut newcomer, 3));
        assert_eq!(shares.each_ref().map(is_held), [false, false, false, true]);
        assert_eq!(used(&budget), 4);
    }

    #[test]
    fn a_body_that_grows_and_is_the_heaviest_gives_way_itself() {
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
    fn a_body_larger_than_the_whole_budget_is_refused_and_nobody_gives_way_to_it() {
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
        assert!(!hold(&mut newcomer, 3), "it does not give way");
        assert!(hold(&mut newcomer, 2));
        let part = body.slice(1..2);
        drop(body);
        assert_eq!(used(&budget), 10, "a part of it is a clone");
        drop((part, newcomer));
        assert_eq!(used(&budget), 0);
        assert!(budget.lock().waiting.is_empty());
    }

    #[test]
    fn what_is_dropped_unfinished_is_given_back() {
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
