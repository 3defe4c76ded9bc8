//! The queue: the four things that are asked of SQS.

use std::env;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::message::Message;

/// How long a poll waits for a message: the longest that SQS allows, since an empty answer costs as much as
/// a full one.
pub const POLL: Duration = Duration::from_secs(20);

/// The most messages that SQS takes in one request.
pub const BATCH: usize = 10;

/// How long to wait, at most, before the second attempt at a request. The usual second would use up the time in which
/// the receiver has to answer.
const BACKOFF: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

/// A message that was handed out to us. Nobody else gets it, or one that follows it in its group, until it is
/// deleted or its visibility timeout has passed.
pub struct Received {
    pub body: String,
    /// What it is deleted by, and hidden for longer.
    pub receipt: String,
}

/// Why SQS did not do what it was asked, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueError(String);

impl QueueError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Queue {
    /// The queue of `QUEUE_URL`. Region, credentials and endpoint come from where AWS's own tools take them:
    /// `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, the container's or the machine's role, and so on.
    ///
    /// `patience` is how long each attempt at a request may take: without it, one that is lost on the way
    /// would be waited for without end.
    pub async fn from_env(patience: Duration) -> Result<Self, String> {
        let url = env::var("QUEUE_URL").map_err(|_| "QUEUE_URL is not set".to_owned())?;
        // In any other, there would be neither order nor groups. SQS has them all end like this.
        if !url.ends_with(".fifo") {
            return Err("QUEUE_URL is not the URL of a FIFO queue, which ends in .fifo".to_owned());
        }
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(patience).build();
        let retries = RetryConfig::standard().with_initial_backoff(BACKOFF);
        let config =
            aws_config::from_env().timeout_config(timeouts).retry_config(retries).load().await;
        if config.region().is_none() {
            return Err("AWS_REGION is not set".to_owned());
        }
        Ok(Self { client: Client::new(&config), url })
    }

    /// Sends up to [`BATCH`] messages in one request. Returns a result for each, in their order.
    ///
    /// Once it is `Ok`, SQS has stored the message, or one with the same deduplication id before.
    pub async fn send(&self, messages: Vec<Message>) -> Vec<Result<(), QueueError>> {
        let len = messages.len();
        let mut results = vec![Err(QueueError::new("SQS did not mention the message")); len];
        match self.send_batch(messages).await {
            Ok(answered) => {
                for (entry, result) in answered {
                    // An entry is named by its place.
                    let place = entry.parse().ok().and_then(|place: usize| results.get_mut(place));
                    if let Some(place) = place {
                        *place = result;
                    }
                }
            }
            Err(error) => results.fill(Err(error)),
        }
        results
    }

    async fn send_batch(
        &self,
        messages: Vec<Message>,
    ) -> Result<impl Iterator<Item = (String, Result<(), QueueError>)>, QueueError> {
        let entries = messages.into_iter().enumerate().map(|(place, message)| {
            SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(message.body)
                .message_group_id(message.group)
                .message_deduplication_id(message.deduplication)
                .build()
        });
        let entries = entries.collect::<Result<_, _>>().map_err(failed)?;
        let request = self.client.send_message_batch().queue_url(&self.url);
        let answer = request.set_entries(Some(entries)).send().await.map_err(failed)?;
        let stored = answer.successful.into_iter().map(|entry| (entry.id, Ok(())));
        let failed = answer.failed.into_iter().map(|entry| {
            let reason = entry.message.unwrap_or_default();
            (entry.id, Err(QueueError(format!("{}: {reason}", entry.code))))
        });
        Ok(stored.chain(failed))
    }

    /// Waits for a message, which is then hidden for `visibility`. `None` if there was none for [`POLL`].
    ///
    /// One at a time. SQS would give up to ten, often of one group. Of those, the ones behind a message that
    /// fails could not be handled; each such turn would count against them, and after some of them they
    /// would all follow it into the dead-letter queue.
    pub async fn receive(&self, visibility: Duration) -> Result<Option<Received>, QueueError> {
        let request = self.client.receive_message().queue_url(&self.url);
        let request = request
            .max_number_of_messages(1)
            .wait_time_seconds(seconds(POLL))
            .visibility_timeout(seconds(visibility));
        let answer = request.send().await.map_err(failed)?;
        let message = answer.messages.into_iter().flatten().next();
        Ok(message.map(|message| Received {
            body: message.body.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
        }))
    }

    /// Hides a message for `visibility` from now on.
    pub async fn hide(&self, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        let request = self.client.change_message_visibility().queue_url(&self.url);
        let request = request.receipt_handle(receipt).visibility_timeout(seconds(visibility));
        request.send().await.map(drop).map_err(failed)
    }

    pub async fn delete(&self, receipt: &str) -> Result<(), QueueError> {
        let request = self.client.delete_message().queue_url(&self.url);
        request.receipt_handle(receipt).send().await.map(drop).map_err(failed)
    }
}

fn seconds(time: Duration) -> i32 {
    i32::try_from(time.as_secs()).unwrap_or(i32::MAX)
}

/// With its causes, but not as `Debug`: that would write whole responses into the log.
fn failed(error: impl Error) -> QueueError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    QueueError(text)
}
