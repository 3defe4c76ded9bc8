use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use webhook_core::adapter::Chain;

use crate::keys::Keys;
use crate::store::{Claim, ClaimStore, StoreError, Token};

/// How much longer a lease is than the longest handler, so that no other attempt takes over during the commit.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// The longest lease. After a crash, the delivery cannot be claimed again before it ends. Leases of handlers that may
/// run for longer are renewed.
const LONGEST_LEASE: Duration = Duration::from_secs(30);

/// How long a handler may run, and for how long its claim is held at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) duration: Duration,
    handler_timeout: Duration,
}

impl Lease {
    /// Returns the lease for handlers with this timeout.
    pub(super) fn of_handler(handler_timeout: Duration) -> Self {
        let duration = handler_timeout.saturating_add(LEASE_MARGIN).min(LONGEST_LEASE);
        Self { duration, handler_timeout }
    }

    fn covers_handler(self) -> bool {
        self.handler_timeout.saturating_add(LEASE_MARGIN) <= self.duration
    }

    /// Starts to renew the lease in a task of its own, unless it covers the whole time of the handler.
    ///
    /// The task ends with the timeout of the handler, or when the result is stopped or dropped.
    pub(super) fn renew(
        self,
        store: &Arc<dyn ClaimStore>,
        keys: &Keys,
        token: Token,
    ) -> Option<Renewals> {
        if self.covers_handler() {
            return None;
        }
        let (stop, start) = (CancellationToken::new(), Instant::now());
        let turns = self.renew_until(stop.clone(), start, store.clone(), keys.clone(), token);
        Some(Renewals { stop, task: AbortOnDropHandle::new(tokio::spawn(turns)) })
    }

    /// Renews the lease whenever a third of it has passed.
    async fn renew_until(
        self,
        stop: CancellationToken,
        start: Instant,
        store: Arc<dyn ClaimStore>,
        keys: Keys,
        token: Token,
    ) {
        let (every, end) = (self.duration / 3, start + self.handler_timeout);
        let mut turns = interval_at(start + every, every);
        turns.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut has_failed = false;
        while stop.run_until_cancelled(turns.tick()).await.is_some() && Instant::now() < end {
            // A renewal that hangs does not delay the next one. If the store executes it after the release, the delivery is
            // claimed until that lease ends.
            let renewal = timeout(every, store.claim(&keys, token, self.duration)).await;
            match renewal.unwrap_or_else(|elapsed| Err(StoreError::unavailable(elapsed))) {
                Ok(Claim::Ours) => has_failed = false,
                Ok(Claim::InFlight(_) | Claim::Committed(_)) => {
                    tracing::warn!(
                        "renewing a claim failed: another attempt claimed the delivery while it is handled"
                    );
                    return;
                }
                Err(error) => {
                    if !has_failed {
                        tracing::warn!(error = %Chain(&error), "renewing a claim failed: retrying");
                    }
                    has_failed = true;
                }
            }
        }
    }
}

/// The task that renews a lease. It ends when this is dropped.
pub(super) struct Renewals {
    stop: CancellationToken,
    task: AbortOnDropHandle<()>,
}

impl Renewals {
    /// Runs a handler, which may block its thread.
    ///
    /// The thread may be the one that waits for the runtime's timers, and no other thread takes its place by itself.
    /// Therefore another one is woken before the handler is polled. It finds nothing to do, and waits for the timers.
    pub(super) async fn run<F: Future>(&self, mut handler: Pin<&mut F>) -> F::Output {
        poll_fn(|context| {
            if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
                // A worker keeps the task that it spawned last for itself, and wakes another worker for the one before.
                drop(tokio::spawn(async {}));
                drop(tokio::spawn(async {}));
            }
            handler.as_mut().poll(context)
        })
        .await
    }

    /// Stops renewing, and waits for a renewal that has already been sent to the store. It may be called again if it
    /// was dropped halfway.
    pub(super) async fn stop(&mut self) {
        self.stop.cancel();
        // An error means that the store panicked, or that the runtime is shutting down: nothing is renewed any more.
        _ = (&mut self.task).await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::memory::MemoryStore;
    use crate::scope::Scope;
    use crate::store::StoreFuture;

    /// A store that reports each claim.
    struct Reporting(MemoryStore, Sender<()>);

    impl ClaimStore for Reporting {
        fn claim<'a>(
            &'a self,
            keys: &'a Keys,
            token: Token,
            lease: Duration,
        ) -> StoreFuture<'a, Claim> {
            _ = self.1.send(());
            self.0.claim(keys, token, lease)
        }

        fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
            self.0.commit(keys, token)
        }

        fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
            self.0.release(keys, token)
        }

        fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
            self.0.forget(keys)
        }
    }

    #[test]
    fn a_lease_is_30_s_at_most() {
        let lease = |handler_timeout| {
            let lease = Lease::of_handler(Duration::from_secs(handler_timeout));
            (lease.duration.as_secs(), lease.covers_handler())
        };
        assert_eq!(lease(1), (11, true));
        assert_eq!(lease(20), (30, true));
        assert_eq!(lease(21), (30, false));
        assert_eq!(lease(24 * 60 * 60), (30, false));
        assert_eq!(Lease::of_handler(Duration::MAX).duration.as_secs(), 30);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_blocked_thread_does_not_stop_the_renewals() {
        let lease =
            Lease { duration: Duration::from_millis(6), handler_timeout: Duration::from_secs(600) };
        let (sender, renewed) = channel();
        let store: Arc<dyn ClaimStore> = Arc::new(Reporting(MemoryStore::new(10), sender));
        let keys =
            Keys::chosen(Scope::new("endpoint", "provider"), "key", Duration::from_secs(600));
        // On a worker thread, as the adapters do.
        let handling = tokio::spawn(async move {
            let mut renewals = lease.renew(&store, &keys, Token::random().unwrap()).unwrap();
            let handler = async move {
                for waits in [false, true, true] {
                    if waits {
                        tokio::time::sleep(lease.duration).await;
                    }
                    while renewed.try_recv().is_ok() {}
                    for _ in 0..3 {
                        renewed.recv_timeout(Duration::from_secs(60)).unwrap();
                    }
                }
            };
            renewals.run(pin!(handler)).await;
            renewals.stop().await;
        });
        handling.await.unwrap();
    }
}
