use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes that all bodies under way may hold together.
#[derive(Debug)]
pub(super) struct Budget {
    max: usize,
    used: AtomicUsize,
}

/// What one body holds of a budget. Gives it back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(super) const fn new(max: usize) -> Self {
        Self { max, used: AtomicUsize::new(0) }
    }

    pub(super) fn share(self: &Arc<Self>) -> Share {
        Share { budget: self.clone(), bytes: 0 }
    }
}

impl Share {
    /// Takes `more` bytes, or nothing and `false` if they are not there.
    pub(super) fn take(&mut self, more: usize) -> bool {
        let Budget { max, used } = &*self.budget;
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(more).filter(|used| used <= max)
        });
        if taken.is_ok() {
            self.bytes += more;
        }
        taken.is_ok()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_body_holds_another_cannot() {
        let budget = Arc::new(Budget::new(10));
        let (mut first, mut second) = (budget.share(), budget.share());
        assert!(first.take(6));
        assert!(!second.take(5));
        assert!(second.take(4));
        assert!(!first.take(1));
        drop(first);
        assert!(second.take(6));
        assert!(!second.take(usize::MAX));
    }
}
