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
use crate::store::{Claim, ClaimStore, StoreError, Token};

/// How deliveries are claimed: in which store, under which keys, for how long.
///
/// What a provider does not sign, such as the event's name in a header, is not part of what makes two deliveries the
/// same: the copy that arrives first is handled, with the headers that it has. A duplicate whose unsigned headers
/// differ is reported as a warning in the log. Derive what happened from the signed body.
///
/// Made of a store by [`new`](Self::new) or `into()`. Clones share everything.
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
}

type KeyOf = dyn Fn(&Delivery) -> Option<String> + Send + Sync;
type TimeOf = dyn Fn(&Delivery) -> Option<UnixTime> + Send + Sync;

/// What became of a delivery.
#[derive(Debug)]
pub enum Claimed<T> {
    /// It was handled now, well or not.
    Handled(T),
    /// It has been handled before.
    Duplicate,
    /// It was not handled, or not to the end. The sender should send it again.
    Rejected(Rejection),
}

/// How long a claim outlives the longest handler, so that it is not taken over while it is committed.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

impl Claims {
    /// How long a handler may take unless the user says otherwise.
    pub const DEFAULT_HANDLER_TIMEOUT: Duration = Duration::from_secs(10);

    /// The longest time that a handler may be given. Work that takes longer belongs in a queue.
    pub const MAX_HANDLER_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

    /// Claims in this store.
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
        }
    }

    /// Names the endpoint. Endpoints of one provider that share a store need names of their own: else
    /// what has been delivered to one is a duplicate at the other.
    #[must_use]
    pub fn endpoint(mut self, name: &str) -> Self {
        self.endpoint = name.into();
        self
    }

    /// Gives a handler at most `time`; 10 s unless set. What takes longer is ended, released and answered 503. The
    /// lease of a claim is 10 s longer than this: so long after a process died, the delivery can be claimed again.
    ///
    /// # Panics
    ///
    /// If `time` is zero or longer than [`MAX_HANDLER_TIMEOUT`](Self::MAX_HANDLER_TIMEOUT), a day.
    #[must_use]
    pub const fn handler_timeout(mut self, time: Duration) -> Self {
        assert!(
            !time.is_zero() && time.as_nanos() <= Self::MAX_HANDLER_TIMEOUT.as_nanos(),
            "a handler timeout is longer than zero, and at most 24 hours"
        );
        self.handler_timeout = time;
        self
    }

    /// Keeps committed claims for `time`; a week unless set, a day in memory. The sender must have given
    /// up sending again by then.
    #[must_use]
    pub const fn retention(mut self, time: Duration) -> Self {
        self.retention = Some(time);
        self
    }

    /// Asks for a delivery that is being handled to be sent again after `time`; 1 s unless set.
    #[must_use]
    pub const fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = time;
        self
    }

    /// Handles deliveries also while the store is out of reach or full, as if there were none, instead of
    /// answering 503. They may then be handled more than once, and replays get through.
    #[must_use]
    pub const fn fail_open(mut self) -> Self {
        self.fail_open = true;
        self
    }

    /// Handles deliveries with equal bodies as different ones.
    ///
    /// Without this, where a provider signs the time and not the id, two deliveries with equal bodies count
    /// as one for as long as a signature is valid: twice the tolerance and a minute, 11 minutes for most. The second
    /// is answered as a duplicate, and not handled.
    ///
    /// The price: attackers who capture such a delivery, keep it from arriving, and send it under another id have it
    /// handled twice, the second time when the sender's retry arrives. Then the two share nothing but their body.
    #[must_use]
    pub const fn tell_equal_bodies_apart(mut self) -> Self {
        self.tells_equal_bodies_apart = true;
        self
    }

    /// Takes this as the only key of a delivery, such as an id in the signed body, instead of all others. For a
    /// delivery of which it is `None`, the usual keys are taken.
    ///
    /// What it reads must be signed: with a key that attackers can choose, they can claim future deliveries, and
    /// replay old ones.
    #[must_use]
    pub fn key(
        mut self,
        key: impl Fn(&Delivery) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.key = Some(Arc::new(key));
        self
    }

    /// Refuses deliveries whose signed body is older than `age`, by the time that `time_of` reads in it,
    /// or names no time. Closes what is left of replay once the retention is over.
    #[must_use]
    pub fn max_age(
        mut self,
        age: Duration,
        time_of: impl Fn(&Delivery) -> Option<UnixTime> + Send + Sync + 'static,
    ) -> Self {
        self.max_age = Some((age, Arc::new(time_of)));
        self
    }

    /// Asks `clock` for the time instead of the system, for [`max_age`](Self::max_age). For tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What is being handled, also for senders that have hung up. A shutdown waits for it:
    /// `claims.tasks().close(); claims.tasks().wait().await`.
    pub const fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Claims a delivery, lets it be handled, and commits or releases the claim. For adapters.
    ///
    /// Runs in a task of its own, tracked by [`tasks`](Self::tasks): dropped halfway, it leaves a claim
    /// that is only free once its lease is over.
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
                check_note(delivery, &keys, note);
                return Claimed::Duplicate;
            }
            Ok((Claim::InFlight(note), _)) => {
                check_note(delivery, &keys, note);
                let rejection = Rejection::new(RejectionKind::InFlight);
                return Claimed::Rejected(rejection.retry_after(self.retry_after));
            }
            Err(error) if self.fail_open => {
                tracing::error!(error = %Chain(&error), "handled unclaimed");
                None
            }
            Err(error) => {
                let rejection = Rejection::new(RejectionKind::Unavailable);
                return Claimed::Rejected(rejection.caused_by(error));
            }
        };

        let mut handling = Box::pin(AssertUnwindSafe(async { handler().await }).catch_unwind());
        let ended = timeout(self.handler_timeout, handling.as_mut()).await;
        // A handler that took too long ends here, before its claim does: then another attempt may begin. If it panics
        // while it is dropped, the claim is released all the same.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(handling)));
        let well = matches!(&ended, Ok(Ok(output)) if succeeded(output));
        if let Some(token) = token {
            let how = if well { Settle::Commit } else { Settle::Release };
            self.settle(how, keys, token).await;
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
                tracing::error!(provider, id, panicked, "the handler took too long");
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
            let keys = Keys::chosen(&self.endpoint, delivery.provider(), &key, retention);
            return Some(keys.with_note(Note::of(delivery)));
        }
        let keys = Keys::of(&self.endpoint, delivery, retention)?;
        Some(if self.tells_equal_bodies_apart { keys.without_body() } else { keys })
    }

    async fn claim(&self, keys: &Keys) -> Result<(Claim, Token), StoreError> {
        let token = Token::random()?;
        let lease = self.handler_timeout.saturating_add(LEASE_MARGIN);
        match self.store.claim(keys, token, lease).await {
            Ok(claim) => Ok((claim, token)),
            Err(error) => {
                // It may have been made all the same, and nobody is going to use it.
                self.settle_later(Settle::Release, keys.clone(), token);
                Err(error)
            }
        }
    }

    /// If the store fails now, it is asked again after the sender was answered.
    async fn settle(&self, how: Settle, keys: Keys, token: Token) {
        if let Err(error) = how.settle(&*self.store, &keys, token).await {
            tracing::error!(?how, error = %Chain(&error), "claim not settled, trying again");
            self.settle_later(how, keys, token);
        }
    }

    /// Tries several times if need be; after that the lease settles it.
    fn settle_later(&self, how: Settle, keys: Keys, token: Token) {
        let store = self.store.clone();
        self.tasks.spawn(async move {
            let attempt = || how.settle(&*store, &keys, token);
            if let Err(error) = attempt.retry(ExponentialBuilder::default()).await {
                tracing::error!(?how, error = %Chain(&error), "claim not settled, given up");
            }
        });
    }
}

/// Reports a duplicate whose unsigned headers differ from those of the delivery that was claimed. Somebody changed them
/// in one of the two, perhaps in the one that the handler got.
fn check_note(delivery: &Delivery, keys: &Keys, claimed: Note) {
    if keys.note() != claimed {
        let provider = delivery.provider();
        tracing::warn!(
            provider,
            "a duplicate's unsigned headers differ from the handled delivery's"
        );
    }
}

/// How a claim ends.
#[derive(Debug, Clone, Copy)]
enum Settle {
    Commit,
    Release,
}

impl Settle {
    async fn settle(
        self,
        store: &dyn ClaimStore,
        keys: &Keys,
        token: Token,
    ) -> Result<(), StoreError> {
        match self {
            Self::Commit => {
                if !store.commit(keys, token).await? {
                    tracing::warn!(
                        "handled twice: another attempt claimed it before this one was committed"
                    );
                }
                Ok(())
            }
            Self::Release => store.release(keys, token).await,
        }
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
