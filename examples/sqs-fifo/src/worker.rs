//! The worker: receives messages, has them worked on, and deletes those that are done.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, timeout};
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
    hiding: Hiding,
    retry: Duration,
}

/// For how long a message is hidden at a time, and how often it is hidden anew while it is worked on.
#[derive(Debug, Clone, Copy)]
struct Hiding {
    visibility: Duration,
    every: Duration,
}

impl Hiding {
    /// After a crash, the message must stay hidden until the claim of the dead worker is over. A worker that received
    /// it earlier could do nothing with it, and each time counts. It stays hidden for at least `visibility - every`.
    /// If the last attempt to hide it was lost, that is `visibility - 2 * every`, which is still the lease.
    fn of_lease(lease: Duration) -> Self {
        let every = lease / 3;
        // SQS counts in seconds.
        let visibility = Duration::from_secs((lease + 2 * every).as_secs() + 1);
        Self { visibility, every }
    }
}

/// What is to become of a message.
enum Next {
    /// It is done, now or before.
    Delete,
    /// It comes again after `retry`. After as many times as the redrive policy says, SQS moves it to the dead-letter
    /// queue.
    Leave,
    /// Another has claimed it and is still at it. It comes again when that claim is over.
    Wait,
    /// The claims are out of reach, or have no room. It stays hidden, so that this does not count.
    Again,
}

impl Worker {
    /// Messages are hidden for as long as they are worked on, which may take as long as `handler_timeout`. What failed
    /// comes again after `retry`.
    pub fn new(queue: Queue, claims: Claims, handler_timeout: Duration, retry: Duration) -> Self {
        let claims = claims.endpoint(ENDPOINT).handler_timeout(handler_timeout);
        let hiding = Hiding::of_lease(claims.lease());
        Self { queue, claims, hiding, retry }
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
                received = self.queue.receive(self.hiding.visibility) => received,
                _ = stop.changed() => return,
            };
            match received {
                Ok(Some(message)) => self.process(&message, &mut stop).await,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "nothing received");
                    _ = timeout(PAUSE, stop.changed()).await;
                }
            }
        }
    }

    async fn process(&self, message: &Received, stop: &mut watch::Receiver<()>) {
        let next = select! {
            next = self.handle_when_claims_answer(message, stop) => next,
            never = self.keep_hidden(message) => match never {},
        };
        let result = match next {
            Next::Delete => self.queue.delete(&message.receipt).await,
            // Left visible, it would come again and again, and each time counts.
            Next::Wait => self.queue.hide(&message.receipt, self.claims.lease()).await,
            Next::Leave | Next::Again => self.queue.hide(&message.receipt, self.retry).await,
        };
        if let Err(error) = result {
            // It comes again, as a duplicate if it is done.
            tracing::error!(%error, "message not settled");
        }
    }

    /// Keeps the message and asks the claims again and again, until the worker is to stop.
    async fn handle_when_claims_answer(
        &self,
        message: &Received,
        stop: &mut watch::Receiver<()>,
    ) -> Next {
        loop {
            let next = self.handle(message).await;
            if !matches!(next, Next::Again) || timeout(PAUSE, stop.changed()).await.is_ok() {
                return next;
            }
        }
    }

    /// Hides the message anew long before it would be seen again.
    async fn keep_hidden(&self, message: &Received) -> Infallible {
        let Hiding { visibility, every } = self.hiding;
        let mut turns = interval_at(Instant::now() + every, every);
        loop {
            turns.tick().await;
            // An attempt that hangs must not keep the next from being made.
            let hidden = timeout(every, self.queue.hide(&message.receipt, visibility)).await;
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
            Claimed::Rejected(rejection) if rejection.kind() == RejectionKind::Unavailable => {
                tracing::error!(%rejection, id, "no answer from the claims");
                Next::Again
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_hidden_until_the_claim_of_a_crashed_worker_is_over() {
        for lease in [11, 12, 13, 29, 30].map(Duration::from_secs) {
            let Hiding { visibility, every } = Hiding::of_lease(lease);
            assert!(visibility - 2 * every >= lease, "{visibility:?}, every {every:?}");
            assert_eq!(visibility.subsec_nanos(), 0);
            assert!(visibility < 2 * lease, "its group waits no longer than with two receives");
        }
    }
}
