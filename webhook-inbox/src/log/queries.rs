//! A few requests query the database at a time, and none for long.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::problem::Problem;
use crate::store::StoreError;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) struct Queries {
    turns: Arc<Semaphore>,
    timeout: Duration,
}

impl Queries {
    pub(super) fn new(concurrency: usize, timeout: Duration) -> Self {
        Self { turns: Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS))), timeout }
    }

    /// How long the queries of a request may take.
    pub(super) const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Waits for a turn and does the work. Work that takes too long, or whose client has gone, keeps its turn until it has
    /// ended: the database is busy with it for as long.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = timeout(PATIENCE, self.turns.clone().acquire_owned());
        let Ok(Ok(turn)) = turn.await else { return Err(Problem::BUSY) };
        let work = tokio::spawn(async move {
            let result = work.await;
            drop(turn);
            result
        });
        match timeout(self.timeout, work).await {
            Ok(Ok(Ok(found))) => Ok(found),
            Ok(Ok(Err(error))) => Err(Problem::of_store(&error)),
            Ok(Err(panic)) => {
                tracing::error!(
                    error = &panic as &dyn std::error::Error,
                    "the delivery log failed"
                );
                Err(Problem::FAILED)
            }
            Err(_) => Err(Problem::SLOW),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    fn queries() -> Queries {
        Queries::new(1, Duration::from_secs(5))
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_gets_no_turn_is_told_that_the_log_is_busy() {
        let queries = queries();
        let first = tokio::spawn({
            let queries = queries.clone();
            async move { queries.run(pending::<Result<(), _>>()).await }
        });
        tokio::task::yield_now().await;
        let second = queries.run(async { Ok(()) }).await.unwrap_err();
        assert_eq!(second.title(), Problem::BUSY.title());
        assert_eq!(first.await.unwrap().unwrap_err().title(), Problem::SLOW.title());
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_took_too_long_keeps_its_turn_until_it_ends() {
        let queries = queries();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let slow = queries.run(async {
            _ = ended.await;
            Ok(())
        });
        assert_eq!(slow.await.unwrap_err().title(), Problem::SLOW.title());
        assert_eq!(queries.run(async { Ok(()) }).await.unwrap_err().title(), Problem::BUSY.title());
        end.send(()).unwrap();
        assert_eq!(queries.run(async { Ok(7) }).await.unwrap(), 7);
    }
}
