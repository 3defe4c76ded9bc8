use std::sync::Arc;
use std::time::Duration;

use webhook_inbox::{Inbox, Work, WorkError, WorkResult, Worker};

use crate::output::Output;
use crate::request;
use crate::send::{Client, Resent};

/// How many deliveries are sent on at a time.
const REQUESTS: usize = 8;

/// Longer than any deadline, which the client keeps.
const LIMIT: Duration = Duration::from_secs(4000);

/// Sends what is authentic on to a service.
pub(super) struct Forward {
    inbox: Inbox,
    /// `None` without `--forward`. What the page is asked to replay then fails, rather than wait for the next start.
    client: Option<Client>,
    output: Output,
}

impl Forward {
    pub(super) const fn new(inbox: Inbox, client: Option<Client>, output: Output) -> Self {
        Self { inbox, client, output }
    }

    /// A worker that sends each delivery once, unless it is stopped meanwhile: then it is sent again at the next start. The page can
    /// have it sent again, too.
    pub(super) fn worker(self, endpoint: &str) -> Worker {
        let worker = self.inbox.worker();
        let forward = Arc::new(self);
        worker.concurrency(REQUESTS).attempts(1).attempt_timeout(LIMIT).on_any(
            endpoint,
            move |_, work| {
                let forward = forward.clone();
                async move { forward.send(work).await }
            },
        )
    }

    async fn send(&self, work: Work) -> WorkResult {
        let number = work.number();
        let detail = self.inbox.store().detail(number).await?;
        let detail = detail.ok_or_else(|| WorkError::final_failure("it was deleted"))?;
        let Some(client) = &self.client else {
            return Err(WorkError::final_failure("there is no --forward to send it to"));
        };
        let captured = request::of_detail(&detail).map_err(|error| {
            self.output.error(format!("#{number} was not forwarded: {error}"));
            WorkError::final_failure(error.to_string())
        })?;
        let resent = Resent::send(client, captured, "forwarded", format!("#{number}")).await;
        // It was sent, whoever reads.
        _ = self.output.print(&resent);
        if resent.is_accepted() {
            work.done()
        } else {
            Err(WorkError::final_failure(resent.summary()))
        }
    }
}
