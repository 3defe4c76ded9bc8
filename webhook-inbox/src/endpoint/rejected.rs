//! Requests that were rejected, if they are kept. They come from strangers, so they get little of the memory and the disk.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::sleep;
use webhook_core::{Clock, Head, Verification, Verify, VerifyError, VerifyErrorKind};

use super::Endpoint;
use super::head::{HEADERS, RequestHead};
use crate::store::{NewDelivery, Store};

/// How many bytes may wait to be stored. What does not fit is not kept.
const WAITING: usize = 4 * 1024 * 1024;

/// How many are stored in one commit.
const GROUP: usize = 64;

/// How many old ones are removed after that.
const REMOVED: usize = 500;

/// What passes between two commits.
const PAUSE: Duration = Duration::from_millis(250);

/// Hands rejected requests to the task that writes them. The task ends with the last clone.
#[derive(Clone)]
pub(crate) struct RejectedRequests {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

struct Waiting {
    request: NewDelivery,
    room: OwnedSemaphorePermit,
}

impl RejectedRequests {
    /// Starts the task.
    pub(crate) fn start(store: &Arc<dyn Store>, keep: usize) -> Self {
        let (queue, waiting) = mpsc::channel(GROUP);
        tokio::spawn(write(store.clone(), keep, waiting));
        Self { queue, room: Arc::new(Semaphore::new(WAITING)) }
    }

    /// Keeps a request if there is room for it.
    fn keep(&self, request: NewDelivery) {
        let bytes = request.body.len().saturating_add(request.record.len()).min(WAITING);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if let Ok(room) = self.room.clone().try_acquire_many_owned(bytes) {
            // If too many are waiting, this one is not kept.
            _ = self.queue.try_send(Waiting { request, room });
        }
    }
}

async fn write(store: Arc<dyn Store>, keep: usize, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, GROUP).await > 0 {
        let (requests, rooms): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|waiting| (waiting.request, waiting.room)).unzip();
        let stored = store.accept(&requests).await.map(drop);
        drop((requests, rooms));
        let removed = store.forget_rejected(keep, REMOVED).await.map(drop);
        for (outcome, failure) in [
            (stored, "rejected requests were not kept"),
            (removed, "old rejected requests were not removed"),
        ] {
            if let Err(error) = outcome {
                tracing::warn!(error = &error as &dyn std::error::Error, "{failure}");
            }
        }
        sleep(PAUSE).await;
    }
}

/// Verifies, and keeps what it rejects.
pub(super) struct Keeping {
    pub(super) endpoint: Endpoint,
    pub(super) requests: RejectedRequests,
}

impl Verify for Keeping {
    fn provider(&self) -> &'static str {
        self.endpoint.verify.provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        let named = HEADERS.iter().filter_map(|name| Some((*name, head.header(name).ok()??)));
        let kept = RequestHead::of(named);
        let Self { endpoint, requests } = self;
        match endpoint.verify.begin(head, clock) {
            Ok(verification) => {
                let (endpoint, requests) = (endpoint.clone(), requests.clone());
                Ok(verification.on_rejection(move |body: &Bytes, error| {
                    let now = SystemTime::now().into();
                    let reason = error.to_string();
                    // Without its key, nobody knows whether it is authentic.
                    if error.kind() != VerifyErrorKind::KeyUnavailable {
                        // A copy: the body itself counts as one that is being received for as long as it lives.
                        let body = Bytes::copy_from_slice(body);
                        requests.keep(endpoint.new_rejected(kept, body, reason, now));
                    }
                }))
            }
            Err(error) if error.kind() == VerifyErrorKind::KeyUnavailable => Err(error),
            Err(error) => {
                let reason = format!("{error}; the body was not read");
                let now = SystemTime::now().into();
                requests.keep(endpoint.new_rejected(kept, Bytes::new(), reason, now));
                Err(error)
            }
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use webhook_core::providers::svara;

    use super::*;
    use crate::store::Filter;
    use crate::{Inbox, Sqlite};

    #[tokio::test]
    async fn what_comes_faster_than_it_is_stored_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::file(dir.path().join("inbox.db")).unwrap();
        let inbox = Inbox::open(store).await.unwrap().keep_rejected(1000);
        let endpoint = inbox.endpoint("svara", svara::Secret::new("secret").unwrap());
        let requests = inbox.rejected().unwrap();
        let keep = |body: &[u8]| {
            let body = Bytes::copy_from_slice(body);
            let now = SystemTime::now().into();
            requests.keep(endpoint.new_rejected(RequestHead::default(), body, String::new(), now));
        };
        // Nothing is stored while this test does not wait.
        for _ in 0..GROUP * 2 {
            keep(b"{}");
        }
        assert_eq!(requests.queue.capacity(), 0);
        let listed = async || inbox.store().list(&Filter::default()).await.unwrap().rows.len();
        while requests.queue.capacity() < GROUP || listed().await < Filter::PAGE {
            sleep(Duration::from_millis(10)).await;
        }
        let counts = inbox.store().backlog(SystemTime::now().into()).await.unwrap().counts;
        assert_eq!(counts.rejected, GROUP as u64);

        // The bytes are limited, too: a request of the whole length leaves no room for another.
        keep(&vec![b'x'; WAITING]);
        keep(b"{}");
        assert_eq!(requests.queue.capacity(), GROUP - 1);
    }
}
