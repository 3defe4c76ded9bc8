mod differing;
mod lease;
mod settle;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use webhook_core::adapter::{Chain, system_time};
use webhook_core::{Delivery, Rejection, RejectionKind, SetupError, UnixTime, VerifyErrorKind};

use crate::keys::{Keys, Note};
use crate::scope::Scope;
use crate::store::{Claim, ClaimStore, StoreError, Token};
use differing::Differing;
use lease::{Lease, Renewals};
use settle::Settle;

/// The configuration of deduplication: the store, the keys and the times.
///
/// Unsigned data, such as an event's name in a header, does not distinguish deliveries: the copy that arrives first is
/// handled, with its headers. A duplicate with different unsigned headers is logged as a warning, every 10 s at most. Read what happened
/// from the signed body.
///
/// Create it from a store with [`new`](Self::new) or `into()`. Clones share the store and the [tasks](Self::tasks).
#[derive(Clone)]
pub struct Claims {
    store: Arc<dyn ClaimStore>,
    endpoint: Arc<str>,
    handler_timeout: Duration,
    retention: Option<Duration>,
    retry_after: Duration,
    fail_open: bool,
    key: Option<Arc<KeyOf>>,
    tells_equal_bodies_apart: bool,
    max_age: Option<(Duration, Arc<TimeOf>)>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    tasks: TaskTracker,
    differing: Arc<Differing>,
}

type KeyOf = dyn Fn(&Delivery) -> Option<String> + Send + Sync;
type TimeOf = dyn Fn(&Delivery) -> Option<UnixTime> + Send + Sync;

/// The result of [`Claims::handle`].
#[derive(Debug)]
pub enum Claimed<T> {
    /// The delivery was handled now. This is the handler's output, success or failure.
    Handled(T),
    /// The delivery has already been handled.
    Duplicate,
    /// The delivery was not handled, or not completely. The sender should retry it.
    Rejected(Rejection),
}

/// How long a response waits for a renewal of the claim that has already been sent to the store.
const RENEWAL_PATIENCE: Duration = Duration::from_secs(1);

impl Claims {
    /// The default timeout of a handler.
    pub const DEFAULT_HANDLER_TIMEOUT: Duration = Duration::from_secs(10);

    /// The longest timeout that a handler may have. Put work that takes longer into a queue.
    pub const MAX_HANDLER_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

    /// Creates a configuration that keeps its claims in this store.
    pub fn new(store: impl ClaimStore + 'static) -> Self {
        Self {
            store: Arc::new(store),
            endpoint: "".into(),
            handler_timeout: Self::DEFAULT_HANDLER_TIMEOUT,
            retention: None,
            retry_after: Duration::from_secs(1),
            fail_open: false,
            key: None,
            tells_equal_bodies_apart: false,
            max_age: None,
            clock: Arc::new(system_time),
            tasks: TaskTracker::new(),
            differing: Arc::new(Differing::new()),
        }
    }

    /// Sets the name of the endpoint.
    ///
    /// Endpoints of one provider that share a store need different names. Otherwise a delivery to one endpoint is a
    /// duplicate at the other.
    #[must_use]
    pub fn endpoint(mut self, name: &str) -> Self {
        self.endpoint = name.into();
        self
    }

    /// Sets the timeout of a handler; 10 s by default.
    ///
    /// A handler that exceeds it is canceled, its claim is released, and the request is answered with 503.
    ///
    /// The lease of a claim is 10 s longer than this timeout, but at most 30 s. For timeouts over 20 s, the lease is
    /// renewed every 10 s while the handler runs. If the process dies, the delivery can be claimed again when the lease
    /// ends, after 30 s at most.
    ///
    /// A handler that blocks the only thread of its runtime also blocks the renewals, and another attempt may claim the
    /// delivery. Run blocking work in [`tokio::task::spawn_blocking`].
    ///
    /// # Panics
    ///
    /// If `time` is zero or longer than [`MAX_HANDLER_TIMEOUT`](Self::MAX_HANDLER_TIMEOUT), which is a day.
    #[must_use]
    pub const fn handler_timeout(mut self, time: Duration) -> Self {
        assert!(
            !time.is_zero() && time.as_nanos() <= Self::MAX_HANDLER_TIMEOUT.as_nanos(),
            "the handler timeout must be longer than zero and at most 24 hours"
        );
        self.handler_timeout = time;
        self
    }

    /// Sets how long committed claims are kept. The default is a week, and a day for the store in memory.
    ///
    /// It must be longer than the time during which the sender retries.
    #[must_use]
    pub const fn retention(mut self, time: Duration) -> Self {
        self.retention = Some(time);
        self
    }

    /// Asks the sender to retry a delivery that is being handled after `time`; 1 s by default.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Handles deliveries without deduplication while the store is unavailable or full, instead of answering 503.
    ///
    /// A delivery may then be handled several times, and replays are handled too.
    #[must_use]
    pub const fn fail_open(mut self) -> Self {
        self.fail_open = true;
        self
    }

    /// Handles deliveries with equal bodies as different deliveries.
    ///
    /// By default, if a provider signs the time but not the id, two deliveries with equal bodies count as one
    /// while the signature is valid. That is twice the tolerance and a minute: 11 minutes for most providers. If
    /// somebody replays the body under more than [`MAX_IDS`](crate::MAX_IDS) ids, it is the retention, if that is longer.
    /// The second delivery is answered as a duplicate and not handled.
    ///
    /// The cost of this option: an attacker who captures such a delivery, keeps it from arriving, and sends it under
    /// another id has it handled twice. The second time is when the sender's retry arrives, since the two share only
    /// their body.
    #[must_use]
    pub const fn tell_equal_bodies_apart(mut self) -> Self {
        self.tells_equal_bodies_apart = true;
        self
    }

    /// Sets a function that returns the only key of a delivery, such as an id in the signed body. It replaces all other
    /// keys. If it returns `None`, the usual keys are used.
    ///
    /// The key must be signed. If attackers can choose it, they can claim future deliveries and replay old ones.
    #[must_use]
    pub fn key(
        mut self,
        key: impl Fn(&Delivery) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.key = Some(Arc::new(key));
        self
    }

    /// Refuses deliveries that are older than `age`, and those without a time. `time_of` reads the time from the signed
    /// body.
    ///
    /// This protects against replays after the retention has ended.
    #[must_use]
    pub fn max_age(
        mut self,
        age: Duration,
        time_of: impl Fn(&Delivery) -> Option<UnixTime> + Send + Sync + 'static,
    ) -> Self {
        self.max_age = Some((age, Arc::new(time_of)));
        self
    }

    /// Sets the clock for [`max_age`](Self::max_age), for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns for how long a delivery may stay claimed after the process that handled it has died.
    pub fn lease(&self) -> Duration {
        Lease::of_handler(self.handler_timeout).duration
    }

    /// Returns the tracker of running handlers, including those whose senders have disconnected.
    ///
    /// Wait for it during a shutdown: `claims.tasks().close(); claims.tasks().wait().await`.
    pub const fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Returns whether the store answers now, for a service's readiness probe.
    ///
    /// # Errors
    ///
    /// If the store does not answer. Deliveries are then answered 503, or handled unclaimed with
    /// [`fail_open`](Self::fail_open).
    ///
    /// # Examples
    ///
    /// ```
    /// # use webhook_idempotency::{Claims, MemoryStore};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let claims = Claims::new(MemoryStore::new(100_000));
    /// let status = if claims.ready().await.is_ok() { 200 } else { 503 };
    /// # assert_eq!(status, 200);
    /// # }
    /// ```
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }

    /// Claims a delivery, runs the handler, and commits or releases the claim. Meant for adapters.
    ///
    /// Poll it in a task of its own, tracked by [`tasks`](Self::tasks). If it is dropped halfway, its claim stays in
    /// flight until the lease ends.
    pub async fn handle<F: Future>(
        &self,
        delivery: &Delivery,
        handler: impl FnOnce() -> F,
        succeeded: impl FnOnce(&F::Output) -> bool,
    ) -> Claimed<F::Output> {
        if let Err(kind) = self.check_age(delivery) {
            return Claimed::Rejected(kind.into());
        }
        let Some(keys) = self.keys(delivery) else {
            return Claimed::Rejected(SetupError::NoKey.into());
        };
        let token = match self.claim(&keys).await {
            Ok((Claim::Ours, token)) => Some(token),
            Ok((Claim::Committed(note), _)) => {
                self.differing.report(delivery, &keys, note);
                return Claimed::Duplicate;
            }
            Ok((Claim::InFlight(note), _)) => {
                self.differing.report(delivery, &keys, note);
                let rejection = Rejection::new(RejectionKind::InFlight);
                return Claimed::Rejected(rejection.retry_after(self.retry_after));
            }
            Err(error) if self.fail_open => {
                tracing::error!(
                    error = %Chain(&error),
                    "the claim store failed: handled without a claim"
                );
                None
            }
            Err(error) => {
                let rejection = Rejection::new(RejectionKind::Unavailable);
                return Claimed::Rejected(rejection.caused_by(error));
            }
        };

        let lease = Lease::of_handler(self.handler_timeout);
        let renewals = token.and_then(|token| lease.renew(&self.store, &keys, token));
        let mut handling = Box::pin(AssertUnwindSafe(async { handler().await }).catch_unwind());
        let running = async {
            match &renewals {
                Some(renewals) => renewals.run(handling.as_mut()).await,
                None => handling.as_mut().await,
            }
        };
        let ended = timeout(self.handler_timeout, running).await;
        // A handler that exceeded its timeout is dropped here, before its claim is released and another attempt may
        // begin. If it panics while it is dropped, the claim is released nevertheless.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(handling)));
        let well = matches!(&ended, Ok(Ok(output)) if succeeded(output));
        if let Some(token) = token {
            let how = if well { Settle::Commit } else { Settle::Release };
            self.settle(how, keys, token, renewals).await;
        }
        let (provider, id) = (delivery.provider(), delivery.id());
        match ended {
            Ok(Ok(output)) => Claimed::Handled(output),
            Ok(Err(_panic)) => {
                tracing::error!(provider, id, "the handler panicked");
                Claimed::Rejected(RejectionKind::HandlerPanicked.into())
            }
            Err(_elapsed) => {
                let panicked = dropped.is_err();
                tracing::error!(provider, id, panicked, "the handler timed out");
                Claimed::Rejected(RejectionKind::HandlerTimedOut.into())
            }
        }
    }

    fn check_age(&self, delivery: &Delivery) -> Result<(), RejectionKind> {
        let Some((age, time_of)) = &self.max_age else { return Ok(()) };
        let time =
            time_of(delivery).ok_or(RejectionKind::Verify(VerifyErrorKind::InvalidTimestamp))?;
        let now = (self.clock)();
        if time < now && !time.is_within(*age, now) {
            return Err(RejectionKind::Verify(VerifyErrorKind::TimestampOutsideTolerance));
        }
        Ok(())
    }

    fn keys(&self, delivery: &Delivery) -> Option<Keys> {
        let retention = self.retention.unwrap_or_else(|| self.store.default_retention());
        if let Some(key) = self.key.as_ref().and_then(|key| key(delivery)) {
            let keys = Keys::chosen(Scope::of(&self.endpoint, delivery), &key, retention);
            return Some(keys.with_note(Note::of(delivery)));
        }
        let keys = Keys::of(&self.endpoint, delivery, retention)?;
        Some(if self.tells_equal_bodies_apart { keys.without_body() } else { keys })
    }

    async fn claim(&self, keys: &Keys) -> Result<(Claim, Token), StoreError> {
        let token = Token::random()?;
        let lease = Lease::of_handler(self.handler_timeout);
        match self.store.claim(keys, token, lease.duration).await {
            Ok(claim) => Ok((claim, token)),
            Err(error) => {
                // The claim may have been made nevertheless, and nobody is going to use it.
                self.settle_later(Settle::Release, keys.clone(), token, None);
                Err(error)
            }
        }
    }

    /// Ends the renewals first: one that the store executes after the release would claim the delivery again.
    ///
    /// If the store fails now, or still has not answered a renewal, it is asked again after the response has been sent.
    async fn settle(&self, how: Settle, keys: Keys, token: Token, renewals: Option<Renewals>) {
        if let Some(mut renewals) = renewals
            && timeout(RENEWAL_PATIENCE, renewals.stop()).await.is_err()
        {
            tracing::warn!(?how, "the store has not answered a claim's renewal: settling it later");
            return self.settle_later(how, keys, token, Some(renewals));
        }
        if let Err(error) = how.settle(&*self.store, &keys, token).await {
            tracing::error!(?how, error = %Chain(&error), "settling a claim failed: retrying");
            self.settle_later(how, keys, token, None);
        }
    }

    /// Tries several times. If all attempts fail, the claim ends with its lease.
    fn settle_later(&self, how: Settle, keys: Keys, token: Token, renewals: Option<Renewals>) {
        let store = self.store.clone();
        self.tasks.spawn(async move {
            if let Some(mut renewals) = renewals {
                renewals.stop().await;
            }
            let attempt = || how.settle(&*store, &keys, token);
            if let Err(error) = attempt.retry(ExponentialBuilder::default()).await {
                tracing::error!(?how, error = %Chain(&error), "settling a claim failed: giving up");
            }
        });
    }
}

impl<S: ClaimStore + 'static> From<S> for Claims {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("endpoint", &self.endpoint)
            .field("handler_timeout", &self.handler_timeout)
            .field("retention", &self.retention)
            .field("fail_open", &self.fail_open)
            .finish_non_exhaustive()
    }
}
