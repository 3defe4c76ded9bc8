use std::fmt;
use std::sync::Arc;

use tokio::sync::Notify;
use webhook_core::Verify;

use crate::accepting::Accepting;
use crate::endpoint::Endpoint;
#[cfg(any(feature = "axum", feature = "actix"))]
use crate::endpoint::RejectedRequests;
use crate::store::{Store, StoreError};
use crate::work::Worker;

/// Deliveries that were verified and stored, and are worked on later.
///
/// Clones are one inbox.
#[derive(Clone)]
pub struct Inbox {
    store: Arc<dyn Store>,
    accepting: Accepting,
    /// Wakes the workers of this process when something was accepted.
    arrived: Arc<Notify>,
    #[cfg(any(feature = "axum", feature = "actix"))]
    rejected: Option<RejectedRequests>,
}

impl Inbox {
    /// Opens the inbox in this database, and creates or updates its tables.
    ///
    /// # Errors
    ///
    /// If the database cannot be reached, or cannot be one of an inbox.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn open(store: impl Store) -> Result<Self, StoreError> {
        #[cfg(feature = "metrics")]
        crate::metrics::describe();
        store.open().await?;
        let store: Arc<dyn Store> = Arc::new(store);
        let accepting = Accepting::start(&store);
        Ok(Self {
            store,
            accepting,
            arrived: Arc::new(Notify::new()),
            #[cfg(any(feature = "axum", feature = "actix"))]
            rejected: None,
        })
    }

    /// Sets how many deliveries one commit may hold: 128 by default. What waits while a commit is under way goes into the
    /// next one. So a delivery waits for the commit under way and its own, and for others only if more wait than one commit
    /// holds. With 1, each delivery has a commit of its own.
    #[must_use]
    pub fn group_commit(self, deliveries: usize) -> Self {
        self.accepting.set_group(deliveries);
        self
    }

    /// Keeps requests that the routes of this inbox reject because they are not authentic: to see why. In the whole store, so
    /// many are kept, and older ones are removed. By default none are. Call it before you make endpoints.
    ///
    /// They come from strangers. So they are stored in the background, with at most four commits a second, and those that come
    /// faster are not kept. An attacker can replace what is kept, and fill the disk with as many bodies, each as long as the
    /// [body limit](Endpoint::body_limit) allows. With each are its body, the headers that are kept of deliveries, too, and the
    /// reason. The log lists them in the state `rejected`.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[cfg(any(feature = "axum", feature = "actix"))]
    #[must_use]
    pub fn keep_rejected(mut self, requests: usize) -> Self {
        self.rejected = (requests > 0).then(|| RejectedRequests::start(&self.store, requests));
        self
    }

    /// An endpoint that stores what is authentic. The name appears in the log and in metrics, and tells the worker what
    /// to do. It must not change as long as its deliveries are kept.
    pub fn endpoint(&self, name: impl Into<String>, verify: impl Verify + 'static) -> Endpoint {
        Endpoint::new(self.clone(), name.into(), Arc::new(verify))
    }

    /// The route of an [`endpoint`](Self::endpoint), for axum.
    #[cfg(feature = "axum")]
    pub fn receive(
        &self,
        name: impl Into<String>,
        verify: impl Verify + 'static,
    ) -> axum::routing::MethodRouter {
        self.endpoint(name, verify).into_axum()
    }

    /// A worker, which you tell what to do and then [run](Worker::run).
    pub fn worker(&self) -> Worker {
        Worker::new(self.clone())
    }

    /// Sets the gauges of the backlog. Call it before metrics are scraped or pushed.
    ///
    /// # Errors
    ///
    /// If the database cannot be reached, or does not answer within 2 s. The gauges are NaN then.
    #[cfg(feature = "metrics")]
    pub async fn record_backlog(&self) -> Result<(), StoreError> {
        let now = std::time::SystemTime::now().into();
        let backlog = self.backlog(now).await;
        crate::metrics::backlog(backlog.as_ref().ok(), now);
        backlog.map(|_| ())
    }

    /// The backlog, if the database tells it soon: whoever watches the service does not wait for long.
    #[cfg(any(feature = "axum", feature = "metrics"))]
    pub(crate) async fn backlog(
        &self,
        now: webhook_core::UnixTime,
    ) -> Result<crate::store::Backlog, StoreError> {
        let limit = std::time::Duration::from_secs(2);
        tokio::time::timeout(limit, self.store.backlog(now)).await?
    }

    /// The database.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    #[cfg(any(feature = "axum", feature = "actix"))]
    pub(crate) const fn rejected(&self) -> Option<&RejectedRequests> {
        self.rejected.as_ref()
    }

    pub(crate) const fn accepting(&self) -> &Accepting {
        &self.accepting
    }

    pub(crate) fn arrived(&self) -> &Notify {
        &self.arrived
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}
