use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use backon::{ExponentialBuilder, Retryable as _};
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use webhook_core::{Delivery, Rejection, RejectionKind, UnixTime, VerifyErrorKind};

use crate::keys::Keys;
use crate::store::{Claim, ClaimStore, StoreError, Token};

/// How deliveries are claimed: in which store, under which keys, for how long.
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
    max_age: Option<(Duration, Arc<TimeOf>)>,
    clock: Arc<dyn Fn() -> UnixTime + Send + Sync>,
    tasks: TaskTracker,
}

type KeyOf = dyn Fn(&Delivery) -> Option<String> + Send + Sync;
type TimeOf = dyn Fn(&Delivery) -> Option<UnixTime> + Send + Sync;

/// What became of a delivery.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// It was handled now, well or not.
    Handled(T),
    /// It has been handled before.
    Duplicate,
    /// It was not handled, or not to the end. The sender should send it again.
    Rejected(Rejection),
}

/// What a duplicate is answered, with 200: the same in every adapter.
pub const DUPLICATE: &str = r#"{"duplicate":true}"#;

/// How long a claim outlives the longest handler, so that it is not taken over while it is committed.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

impl Claims {
    /// How long a handler may take unless the user says otherwise.
    pub const DEFAULT_HANDLER_TIMEOUT: Duration = Duration::from_secs(10);

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
            max_age: None,
            clock: Arc::new(|| UnixTime::from(SystemTime::now())),
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

    /// Gives a handler at most `time`; 10 s unless set. What takes longer is ended, released and answered
    /// 503. The lease of a claim is 10 s longer than this: so long after a process died, the delivery can
    /// be claimed again.
    #[must_use]
    pub const fn handler_timeout(mut self, time: Duration) -> Self {
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

    /// Takes this as the only key of a delivery, such as an id in the signed body, instead of its id and
    /// its fingerprints. For a delivery of which it is `None`, the usual keys are taken.
    ///
    /// What it reads should be signed: a key that a stranger can choose uses up a delivery to come.
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

    /// For how long a delivery in flight asks its sender to wait.
    pub const fn retry_delay(&self) -> Duration {
        self.retry_after
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
    ) -> Outcome<F::Output> {
        if let Err(kind) = self.check_age(delivery) {
            return Outcome::Rejected(kind.into());
        }
        let Some(keys) = self.keys(delivery) else {
            let rejection = Rejection::new(RejectionKind::NotConfigured);
            return Outcome::Rejected(rejection.caused_by("this provider needs Claims::key"));
        };
        let token = match self.claim(&keys).await {
            Ok((Claim::Ours, token)) => Some(token),
            Ok((Claim::Committed(_), _)) => return Outcome::Duplicate,
            Ok((Claim::InFlight(_), _)) => {
                return Outcome::Rejected(RejectionKind::InFlight.into());
            }
            Err(error) if self.fail_open => {
                tracing::error!(error = &error as &dyn Error, "handled unclaimed");
                None
            }
            Err(error) => {
                let rejection = Rejection::new(RejectionKind::Unavailable);
                return Outcome::Rejected(rejection.caused_by(error));
            }
        };

        let handling = AssertUnwindSafe(async { handler().await }).catch_unwind();
        let ended = timeout(self.handler_timeout, handling).await;
        let well = matches!(&ended, Ok(Ok(output)) if succeeded(output));
        if let Some(token) = token {
            let how = if well { Settle::Commit } else { Settle::Release };
            self.settle(how, keys, token).await;
        }
        let (provider, id) = (delivery.provider(), delivery.id());
        match ended {
            Ok(Ok(output)) => Outcome::Handled(output),
            Ok(Err(_panic)) => {
                tracing::error!(provider, id, "the handler panicked");
                Outcome::Rejected(RejectionKind::HandlerPanicked.into())
            }
            Err(_elapsed) => {
                tracing::error!(provider, id, "the handler took too long");
                Outcome::Rejected(RejectionKind::HandlerTimedOut.into())
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
        match self.key.as_ref().and_then(|key| key(delivery)) {
            Some(key) => Some(Keys::chosen(&self.endpoint, delivery.provider(), &key, retention)),
            None => Keys::of(&self.endpoint, delivery, retention),
        }
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
            tracing::error!(?how, error = &error as &dyn Error, "claim not settled, trying again");
            self.settle_later(how, keys, token);
        }
    }

    /// Tries several times if need be; after that the lease settles it.
    fn settle_later(&self, how: Settle, keys: Keys, token: Token) {
        let store = self.store.clone();
        self.tasks.spawn(async move {
            let attempt = || how.settle(&*store, &keys, token);
            if let Err(error) = attempt.retry(ExponentialBuilder::default()).await {
                tracing::error!(?how, error = &error as &dyn Error, "claim not settled, given up");
            }
        });
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
                    tracing::warn!("a claim was over before it was committed");
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
