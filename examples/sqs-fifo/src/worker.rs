//! The worker: receives messages, has them worked on, and deletes those that are done.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use webhook_tower::idempotency::{Claimed, Claims};
use webhook_tower::providers::voisnap;
use webhook_tower::{Delivery, RejectionKind};

use crate::queue::{POLL, Queue, Received};
use crate::{message, stdout, work};

/// Not the receiver's: what it claimed under its name is committed, and would be a duplicate here.
const ENDPOINT: &str = "voisnap worker";

/// How long an attempt at a request may take: a poll, and some time.
pub const PATIENCE: Duration = POLL.saturating_add(Duration::from_secs(10));

/// How long to leave the queue alone when it does not answer.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Worker {
    queue: Queue,
    claims: Claims,
    visibility: Duration,
}

/// What is to become of a message.
enum Next {
    /// It is done, now or before.
    Delete,
    /// It comes again when it is visible again. After as many times as the redrive policy says, SQS moves it
    /// to the dead-letter queue.
    Leave,
    /// Another has claimed it and is still at it, or has died. It comes again when that claim is over.
    Wait,
}

impl Worker {
    /// Messages are hidden for `visibility` at a time, for as long as they are worked on, which may take as
    /// long as `handler_timeout`.
    pub fn new(
        queue: Queue,
        claims: Claims,
        visibility: Duration,
        handler_timeout: Duration,
    ) -> Self {
        let claims = claims.endpoint(ENDPOINT).handler_timeout(handler_timeout);
        Self { queue, claims, visibility }
    }

    /// Works on as many messages at a time as there are `lanes`, until `stop` is closed; then finishes those.
    ///
    /// The lanes know nothing of groups, nor need they: SQS hands out no message of a group while another of
    /// it is being worked on, here or in another worker.
    pub async fn run(self, lanes: u64, stop: watch::Receiver<()>) {
        let claims = self.claims.clone();
        let worker = Arc::new(self);
        let lanes: JoinSet<()> =
            (0..lanes).map(|_| Arc::clone(&worker).lane(stop.clone())).collect();
        lanes.join_all().await;
        // Claims that could not be settled at once.
        claims.tasks().close();
        claims.tasks().wait().await;
    }

    async fn lane(self: Arc<Self>, mut stop: watch::Receiver<()>) {
        while stop.has_changed().is_ok() {
            let received = select! {
                // What has come is worked on, even if the end came at the same time.
                biased;
                received = self.queue.receive(self.visibility) => received,
                _ = stop.changed() => return,
            };
            match received {
                Ok(Some(message)) => self.process(&message).await,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "nothing received");
                    _ = timeout(PAUSE, stop.changed()).await;
                }
            }
        }
    }

    async fn process(&self, message: &Received) {
        let next = select! {
            next = self.handle(message) => next,
            never = self.keep_hidden(message) => match never {},
        };
        let result = match next {
            Next::Delete => self.queue.delete(&message.receipt).await,
            // Left visible, it would come again and again, and each time counts.
            Next::Wait => self.queue.hide(&message.receipt, self.claims.lease()).await,
            Next::Leave => Ok(()),
        };
        if let Err(error) = result {
            // It comes again, as a duplicate if it is done.
            tracing::error!(%error, "message not settled");
        }
    }

    /// Hides the message anew long before it would be seen again.
    async fn keep_hidden(&self, message: &Received) -> Infallible {
        let pause = self.visibility / 3;
        loop {
            sleep(pause).await;
            // An attempt that hangs must not keep the next from being made.
            let hidden = timeout(pause, self.queue.hide(&message.receipt, self.visibility)).await;
            match hidden {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "message not hidden for longer"),
                Err(_elapsed) => tracing::warn!("message not hidden for longer: no answer"),
            }
        }
    }

    async fn handle(&self, message: &Received) -> Next {
        let (delivery, event) = match message::open(&message.body) {
            Ok(opened) => opened,
            Err(reason) => {
                tracing::error!(%reason, "unusable message");
                return Next::Leave;
            }
        };
        let id = delivery.id();
        let work = || work_on(&delivery, &event);
        match self.claims.handle(&delivery, work, Result::is_ok).await {
            Claimed::Handled(Ok(())) => Next::Delete,
            Claimed::Handled(Err(error)) => {
                tracing::error!(error, id, "the work failed");
                Next::Leave
            }
            Claimed::Duplicate => {
                tracing::info!(id, "duplicate message");
                Next::Delete
            }
            Claimed::Rejected(rejection) if rejection.kind() == RejectionKind::InFlight => {
                tracing::info!(id, "claimed by another");
                Next::Wait
            }
            Claimed::Rejected(rejection) => {
                tracing::error!(%rejection, id, "not handled");
                Next::Leave
            }
        }
    }
}

async fn work_on(delivery: &Delivery, event: &voisnap::Event) -> Result<(), work::Error> {
    work::voisnap(event).await?;
    let (name, id) = (stdout::word(&event.name), stdout::word(delivery.id().unwrap_or_default()));
    stdout::line(format_args!("handled {} {name} {id}", delivery.provider()));
    Ok(())
}
