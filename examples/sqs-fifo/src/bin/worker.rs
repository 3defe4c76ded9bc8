//! Works on what the receiver has put into the queue. README.md says how to run it.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use example_sqs_fifo::queue::Queue;
use example_sqs_fifo::worker::{self, Worker};
use example_sqs_fifo::{claims, process};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long the worker may go on after its longest handler, to commit and to delete.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    process::run(work()).await
}

/// Works until it is asked to stop.
async fn work() -> Result<(), String> {
    // SQS hides no message for longer than twelve hours in all.
    let handler_timeout = process::number("HANDLER_SECONDS", 60, 1..=11 * 60 * 60)?;
    let retry = process::number("RETRY_SECONDS", 30, 1..=30 * 60)?;
    let concurrency = process::number("CONCURRENCY", 10, 1..=1000)?;
    let queue = Queue::from_env(worker::PATIENCE).await?;
    let claims = claims::from_env()?;
    let asked_to_stop = process::asked_to_stop()?;

    let handler_timeout = Duration::from_secs(handler_timeout);
    let worker = Worker::new(queue, claims, handler_timeout, Duration::from_secs(retry));
    let (stop, stopped) = watch::channel(());
    let working = tokio::spawn(worker.run(concurrency, stopped));
    asked_to_stop.await;
    drop(stop);
    if timeout(handler_timeout.saturating_add(GRACE), working).await.is_err() {
        tracing::warn!("not everything was finished at the end");
    }
    Ok(())
}
