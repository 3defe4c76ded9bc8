use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use webhook_core::{Bytes, Rejection, RejectionKind};

/// What the handlers of a receiver do.
#[derive(Debug)]
pub struct Site {
    handled: AtomicUsize,
    /// How many handlers have come to wait.
    arrivals: Semaphore,
    /// How many may go on.
    passes: Semaphore,
    /// Bodies that were to fail the first time, and did.
    failed: Mutex<HashSet<Bytes>>,
}

/// As in a handler whose clean-up fails.
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("as it was told");
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            handled: AtomicUsize::new(0),
            arrivals: Semaphore::new(0),
            passes: Semaphore::new(0),
            failed: Mutex::default(),
        }
    }

    /// What a handler does that has read this: its status and body. It answers what it read, unless that
    /// says otherwise.
    pub async fn handle(&self, read: Bytes) -> (u16, Bytes) {
        self.handled.fetch_add(1, Ordering::SeqCst);
        tracing::info!(target: "webhook_site", body = ?read, "handling");
        match &*read {
            b"fail" => return (500, "failed".into()),
            b"panic" => panic!("as it was told"),
            b"stuck" => std::future::pending().await,
            b"stuck-and-panics" => {
                let _guard = PanicsWhenDropped;
                std::future::pending::<()>().await;
            }
            b"flaky" if self.failed.lock().unwrap().insert(read.clone()) => {
                return (500, "failed".into());
            }
            read if read.starts_with(b"hold") => {
                self.arrivals.add_permits(1);
                self.passes.acquire().await.unwrap().forget();
            }
            _ => {}
        }
        (200, read)
    }

    /// The answer of a handler that catches rejections itself.
    pub fn caught(&self, rejection: Option<&Rejection>) -> String {
        self.handled.fetch_add(1, Ordering::SeqCst);
        rejection.map_or("nothing", Rejection::label).to_owned()
    }

    /// The rejection of a handler that makes one.
    pub fn refused(&self) -> Rejection {
        self.handled.fetch_add(1, Ordering::SeqCst);
        Rejection::new(RejectionKind::Unavailable)
            .retry_after(Duration::from_millis(1500))
            .caused_by("the handler's database is away")
    }

    /// How many handlers have begun.
    pub(crate) fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }

    /// Returns when a handler waits.
    pub(crate) async fn entered(&self) {
        self.arrivals.acquire().await.unwrap().forget();
    }

    /// Lets one handler go on.
    pub(crate) fn open(&self) {
        self.passes.add_permits(1);
    }
}
