//! Sends messages in batches under load: what arrives while a batch is on its way goes into the next one.
//!
//! Nothing waits for a batch to fill up. A message that arrives alone is sent alone, at once.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::message::{MESSAGE_LIMIT, Message};
use crate::queue::{BATCH, Queue, QueueError};

/// How many batches may be on their way at a time. A group always has the same lane, so its messages never overtake
/// each other. More lanes send more messages a second, in smaller batches.
const LANES: usize = 4;

/// Clones share the lanes, which end with the last clone.
#[derive(Debug, Clone)]
pub struct Batches {
    lanes: Vec<mpsc::Sender<Waiting>>,
}

/// A message, and who waits for it to be stored.
#[derive(Debug)]
struct Waiting {
    message: Message,
    result: oneshot::Sender<Result<(), QueueError>>,
}

impl Batches {
    /// `patience` is the time limit of a batch. Give the time limit of the callers of [`send`](Self::send): after it,
    /// nobody waits for the batch.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn new(queue: &Queue, patience: Duration) -> Self {
        let lanes = (0..LANES).map(|_| {
            let queue = queue.clone();
            start(patience, move |batch| {
                let queue = queue.clone();
                async move { queue.send(batch).await }
            })
        });
        Self { lanes: lanes.collect() }
    }

    /// Returns once SQS has stored the message, or has stored one with the same deduplication id before.
    ///
    /// It has no time limit of its own. If the caller gives up before the message is on its way, it is not sent.
    pub async fn send(&self, message: Message) -> Result<(), QueueError> {
        let mut hasher = DefaultHasher::new();
        message.group.hash(&mut hasher);
        let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
        let ended = || QueueError::new("the batch was given up");
        let lane = self.lanes.get(lane).ok_or_else(ended)?;
        let (result, sent) = oneshot::channel();
        lane.send(Waiting { message, result }).await.map_err(|_| ended())?;
        sent.await.unwrap_or_else(|_| Err(ended()))
    }
}

/// Starts a lane. It holds a batch that waits and one that is on its way. Further messages wait with their callers.
fn start<F>(
    patience: Duration,
    send: impl Fn(Vec<Message>) -> F + Send + 'static,
) -> mpsc::Sender<Waiting>
where
    F: Future<Output = Vec<Result<(), QueueError>>> + Send,
{
    let (lane, mut arriving) = mpsc::channel(BATCH);
    tokio::spawn(async move {
        let mut waiting = Vec::with_capacity(BATCH);
        while arriving.recv_many(&mut waiting, BATCH).await > 0 {
            // The callers of these have given up.
            waiting.retain(|it: &Waiting| !it.result.is_closed());
            while !waiting.is_empty() {
                let (batch, results): (Vec<_>, Vec<_>) = waiting
                    .drain(..how_many_fit(&waiting))
                    .map(|it| (it.message, it.result))
                    .unzip();
                // Without an answer in time, `results` are dropped, which tells the callers.
                let sent = timeout(patience, send(batch)).await.unwrap_or_default();
                for (result, sent) in results.into_iter().zip(sent) {
                    // Nobody may be waiting for it any more.
                    _ = result.send(sent);
                }
            }
        }
    });
    lane
}

/// SQS has one limit for a message and for all messages of a batch together.
fn how_many_fit(waiting: &[Waiting]) -> usize {
    let sizes = waiting.iter().scan(0_usize, |total, it| {
        *total = total.saturating_add(it.message.body.len());
        Some(*total)
    });
    // One always does, or it would wait for ever.
    sizes.take_while(|total| *total <= MESSAGE_LIMIT).count().max(1)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    /// One lane, and what it has sent. A batch is on its way until it is let through.
    struct Lane {
        batches: Batches,
        sent: mpsc::UnboundedReceiver<Vec<String>>,
        through: Arc<Semaphore>,
    }

    impl Lane {
        /// SQS refuses messages with this body.
        fn that_refuses(refused: &'static str) -> Self {
            let (report, sent) = mpsc::unbounded_channel();
            let through = Arc::new(Semaphore::new(0));
            let gate = Arc::clone(&through);
            let lane = start(Duration::MAX, move |batch| {
                let bodies: Vec<_> = batch.into_iter().map(|message| message.body).collect();
                report.send(bodies.clone()).unwrap();
                let gate = Arc::clone(&gate);
                async move {
                    gate.acquire().await.unwrap().forget();
                    let result = |body| match body {
                        body if body == refused => Err(QueueError::new("refused")),
                        _ => Ok(()),
                    };
                    bodies.into_iter().map(result).collect()
                }
            });
            Self { batches: Batches { lanes: vec![lane; LANES] }, sent, through }
        }

        /// Sends a message in a task of its own, which waits already.
        async fn send(&self, body: impl Into<String>) -> JoinHandle<Result<(), QueueError>> {
            let (group, deduplication) = ("group".to_owned(), String::new());
            let message = Message { body: body.into(), group, deduplication };
            let batches = self.batches.clone();
            let sending = tokio::spawn(async move { batches.send(message).await });
            yield_now().await;
            sending
        }

        /// The next batch that was sent. The one before is let through.
        async fn next(&mut self) -> Vec<String> {
            self.through.add_permits(1);
            self.sent.recv().await.unwrap()
        }
    }

    fn bodies(range: std::ops::Range<u32>) -> Vec<String> {
        range.map(|number| number.to_string()).collect()
    }

    #[tokio::test]
    async fn what_arrives_during_a_batch_is_the_next_one_in_order() {
        let mut lane = Lane::that_refuses("");
        let mut sending = vec![lane.send("0").await];
        assert_eq!(lane.sent.recv().await.unwrap(), ["0"], "nothing waits for a batch to fill up");
        for body in bodies(1..25) {
            sending.push(lane.send(body).await);
        }
        assert_eq!(lane.next().await, bodies(1..11));
        assert_eq!(lane.next().await, bodies(11..21));
        assert_eq!(lane.next().await, bodies(21..25));
        lane.through.add_permits(1);
        for sending in sending {
            assert_eq!(sending.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn a_failed_entry_fails_alone() {
        let mut lane = Lane::that_refuses("2");
        let first = lane.send("0").await;
        lane.sent.recv().await.unwrap();
        let others = [lane.send("1").await, lane.send("2").await, lane.send("3").await];
        assert_eq!(lane.next().await, bodies(1..4));
        lane.through.add_permits(1);
        assert_eq!(first.await.unwrap(), Ok(()));
        let [one, two, three] = others;
        assert_eq!(one.await.unwrap(), Ok(()));
        assert_eq!(two.await.unwrap(), Err(QueueError::new("refused")));
        assert_eq!(three.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_batch_is_no_larger_than_sqs_takes() {
        let mut lane = Lane::that_refuses("");
        let first = lane.send("0").await;
        lane.sent.recv().await.unwrap();
        let half = "x".repeat(MESSAGE_LIMIT / 2);
        let sizes = [half.clone(), half.clone(), "y".to_owned(), half];
        let mut sending = vec![first];
        for body in sizes.clone() {
            sending.push(lane.send(body).await);
        }
        assert!(lane.next().await == sizes[..2]);
        assert!(lane.next().await == sizes[2..]);
        lane.through.add_permits(1);
        for sending in sending {
            assert_eq!(sending.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_sent() {
        let mut lane = Lane::that_refuses("");
        _ = lane.send("0").await;
        lane.sent.recv().await.unwrap();
        let given_up = lane.send("1").await;
        _ = lane.send("2").await;
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        assert_eq!(lane.next().await, ["2"]);
    }

    #[tokio::test]
    async fn a_batch_without_an_answer_holds_up_its_lane_no_longer_than_its_patience() {
        let hangs = |_| std::future::pending();
        let batches = Batches { lanes: vec![start(Duration::ZERO, hangs); LANES] };
        for body in ["0", "1"] {
            let (group, deduplication) = ("group".to_owned(), String::new());
            let message = Message { body: body.to_owned(), group, deduplication };
            let given_up = QueueError::new("the batch was given up");
            assert_eq!(batches.send(message).await, Err(given_up));
        }
    }
}
