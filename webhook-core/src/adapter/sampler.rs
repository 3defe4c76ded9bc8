use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::error::VerifyErrorKind;
use crate::rejection::RejectionKind;

/// The level at which an adapter logs a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The service, or one of its dependencies, failed.
    Error,
    /// Strangers can trigger it at will, and the operator should know. It is logged through a [`Sampler`], so
    /// that nobody can fill the disk. What the sampler leaves out is logged at DEBUG.
    Warning,
    /// The request is at fault.
    Info,
}

impl Severity {
    /// Returns the level for a rejection of this kind.
    pub const fn of(kind: RejectionKind) -> Self {
        match kind {
            // The last is the normal beginning where keys are fetched.
            RejectionKind::Overloaded
            | RejectionKind::LookupFailed
            | RejectionKind::Verify(VerifyErrorKind::KeyUnavailable) => Self::Warning,
            kind if kind.status() >= 500 => Self::Error,
            _ => Self::Info,
        }
    }
}

/// Limits equal log events: lets the first through, and then one every ten seconds.
///
/// ```
/// use std::time::Duration;
/// use webhook_core::adapter::Sampler;
///
/// let sampler = Sampler::new();
/// assert_eq!(sampler.admit(Duration::from_secs(0)), Some(0));
/// assert_eq!(sampler.admit(Duration::from_secs(1)), None);
/// assert_eq!(sampler.admit(Duration::from_secs(2)), None);
/// assert_eq!(sampler.admit(Duration::from_secs(10)), Some(2));
/// ```
#[derive(Debug, Default)]
pub struct Sampler {
    /// When the next event is let through, in milliseconds.
    next: AtomicU64,
    left_out: AtomicU64,
}

impl Sampler {
    /// The interval between two events that are let through.
    const APART: Duration = Duration::from_secs(10);

    /// Creates a sampler that lets the next event through.
    pub const fn new() -> Self {
        Self { next: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Returns whether to log an event that happens now, `elapsed` after some fixed moment.
    ///
    /// `Some` contains the number of events that were dropped since the last one that was logged.
    pub fn admit(&self, elapsed: Duration) -> Option<u64> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let (now, then) = (millis(elapsed), millis(elapsed.saturating_add(Self::APART)));
        let due = |next| (now >= next).then_some(then);
        if self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::VerifyErrorKind;

    #[test]
    fn one_event_in_ten_seconds_is_logged_with_the_number_of_dropped_ones() {
        let sampler = Sampler::new();
        let at = |millis| sampler.admit(Duration::from_millis(millis));
        assert_eq!(at(5000), Some(0));
        for millis in [5000, 5001, 14_999] {
            assert_eq!(at(millis), None);
        }
        assert_eq!(at(15_000), Some(3));
        assert_eq!(at(100_000), Some(0));
        assert_eq!(sampler.admit(Duration::MAX), Some(0));
    }

    #[test]
    fn only_rejections_that_strangers_can_trigger_at_will_are_warnings() {
        for (kind, severity) in [
            (RejectionKind::Overloaded, Severity::Warning),
            (RejectionKind::LookupFailed, Severity::Warning),
            (RejectionKind::Unavailable, Severity::Error),
            (RejectionKind::NotConfigured, Severity::Error),
            (RejectionKind::HandlerPanicked, Severity::Error),
            (RejectionKind::BodyTimeout, Severity::Info),
            (RejectionKind::Verify(VerifyErrorKind::InvalidSignature), Severity::Info),
        ] {
            assert_eq!(Severity::of(kind), severity, "{kind:?}");
        }
    }
}
