//! Group commit: what waits while a commit is under way goes into the next one.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::store::{Accepted, NewDelivery, Store, StoreError, StoreErrorKind};

/// How many deliveries may wait for a commit. Further ones wait in their requests.
const WAITING: usize = 1024;

/// The largest number of deliveries in one commit, unless the inbox is told otherwise.
pub(crate) const DEFAULT_GROUP: usize = 128;

/// No more is added to a commit that has so many bytes of bodies.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

struct Waiting {
    delivery: NewDelivery,
    answer: oneshot::Sender<Result<Accepted, Arc<StoreError>>>,
}

/// Hands deliveries to the tasks that write them. The tasks end with the last clone.
#[derive(Clone)]
pub(crate) struct Accepting {
    queue: mpsc::Sender<Waiting>,
    group: Arc<AtomicUsize>,
}

impl Accepting {
    /// Starts the tasks.
    pub(crate) fn start(store: &Arc<dyn Store>) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        let group = Arc::new(AtomicUsize::new(DEFAULT_GROUP));
        for _ in 0..store.writers().max(1) {
            tokio::spawn(write(store.clone(), waiting.clone(), group.clone()));
        }
        Self { queue, group }
    }

    pub(crate) fn set_group(&self, deliveries: usize) {
        self.group.store(deliveries.max(1), Ordering::Relaxed);
    }

    /// Returns once the delivery is stored. A caller that does not wait for it leaves it to be stored all the same.
    pub(crate) async fn accept(&self, delivery: NewDelivery) -> Result<Accepted, Arc<StoreError>> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { delivery, answer };
        let gone = || StoreError::new(StoreErrorKind::Unreachable, "the inbox was shut down");
        self.queue.send(waiting).await.map_err(|_| Arc::new(gone()))?;
        answered.await.unwrap_or_else(|_| Err(Arc::new(gone())))
    }
}

/// Waits for a delivery, and takes what else is waiting as far as it fits into one commit. Returns `false` if there will be
/// no more.
async fn take(queue: &mut mpsc::Receiver<Waiting>, limit: usize, batch: &mut Vec<Waiting>) -> bool {
    let mut next = queue.recv().await;
    let mut bytes = 0_usize;
    while let Some(waiting) = next {
        bytes = bytes.saturating_add(waiting.delivery.body.len());
        batch.push(waiting);
        let is_full = batch.len() >= limit || bytes >= GROUP_BYTES;
        next = if is_full { None } else { queue.try_recv().ok() };
    }
    !batch.is_empty()
}

async fn write(
    store: Arc<dyn Store>,
    waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    group: Arc<AtomicUsize>,
) {
    let mut batch = Vec::new();
    loop {
        if !take(&mut *waiting.lock().await, group.load(Ordering::Relaxed), &mut batch).await {
            return;
        }
        let (deliveries, answers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.delivery, waiting.answer)).unzip();
        let mut outcomes = accept(&*store, &deliveries).await.into_iter();
        for answer in answers {
            let outcome = outcomes.next().unwrap_or_else(|| Err(Arc::new(no_outcome())));
            // Whoever asked may have gone.
            _ = answer.send(outcome);
        }
    }
}

fn no_outcome() -> StoreError {
    StoreError::new(StoreErrorKind::Refused, "the store does not say what became of it")
}

/// A panic in a store refuses one batch, and does not end the inbox.
async fn try_to_accept(
    store: &dyn Store,
    batch: &[NewDelivery],
) -> Result<Vec<Accepted>, StoreError> {
    let panicked = |_| Err(StoreError::new(StoreErrorKind::Refused, "the store panicked"));
    AssertUnwindSafe(async { store.accept(batch).await })
        .catch_unwind()
        .await
        .unwrap_or_else(panicked)
}

/// Stores a batch. If the database refuses it, each delivery is stored alone, so that one cannot keep others out.
async fn accept(
    store: &dyn Store,
    deliveries: &[NewDelivery],
) -> Vec<Result<Accepted, Arc<StoreError>>> {
    match try_to_accept(store, deliveries).await {
        Ok(accepted) => accepted.into_iter().map(Ok).collect(),
        Err(error) if deliveries.len() > 1 && error.kind() == StoreErrorKind::Refused => {
            let mut outcomes = Vec::with_capacity(deliveries.len());
            for delivery in deliveries {
                let alone = try_to_accept(store, std::slice::from_ref(delivery)).await;
                let outcome = alone.and_then(|all| all.first().copied().ok_or_else(no_outcome));
                outcomes.push(outcome.map_err(Arc::new));
            }
            outcomes
        }
        Err(error) => {
            let error = Arc::new(error);
            deliveries.iter().map(|_| Err(error.clone())).collect()
        }
    }
}
