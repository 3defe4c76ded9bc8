use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Response, Uri};
use tokio::task::JoinHandle;
use webhook_core::adapter::{Answer, Observation, Outcome};
use webhook_core::{Rejection, RejectionKind, SetupError};
use webhook_idempotency::Claimed;

use crate::Received;
use crate::respond::{OnRejection, respond};
use crate::verify::ResponseBody;

/// The response of a [`DeduplicateService`](super::DeduplicateService). What it waits for goes on without it.
pub struct DeduplicateFuture<R, E> {
    state: State<R, E>,
}

enum State<R, E> {
    Unverified(Uri),
    Handling { task: JoinHandle<Claimed<Result<Response<R>, E>>>, received: Received },
}

impl<R, E> DeduplicateFuture<R, E> {
    pub(super) const fn unverified(uri: Uri) -> Self {
        Self { state: State::Unverified(uri) }
    }

    pub(super) const fn handling(
        task: JoinHandle<Claimed<Result<Response<R>, E>>>,
        received: Received,
    ) -> Self {
        Self { state: State::Handling { task, received } }
    }
}

impl<R, E> Future for DeduplicateFuture<R, E> {
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (task, Received { receipt, on_rejection }) = match &mut self.state {
            State::Handling { task, received } => (task, &*received),
            State::Unverified(uri) => {
                let rejection = Rejection::from(SetupError::NotVerified);
                Observation::unverified().end(uri.path(), &Outcome::Rejected(rejection.clone()));
                let response = OnRejection::default().respond(rejection);
                return Poll::Ready(Ok(response.map(ResponseBody::ours)));
            }
        };
        let rejection = match ready!(Pin::new(task).poll(cx)) {
            Ok(Claimed::Handled(result)) => {
                return Poll::Ready(result.map(|response| response.map(ResponseBody::inner)));
            }
            Ok(Claimed::Duplicate) => {
                receipt.note_duplicate();
                return Poll::Ready(Ok(respond(Answer::duplicate()).map(ResponseBody::ours)));
            }
            Ok(Claimed::Rejected(rejection)) => rejection,
            // The runtime is shutting down.
            Err(error) => Rejection::new(RejectionKind::Unavailable).caused_by(error),
        };
        let response = on_rejection.respond(receipt.note_rejection(rejection));
        Poll::Ready(Ok(response.map(ResponseBody::ours)))
    }
}

impl<R, E> fmt::Debug for DeduplicateFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeduplicateFuture").finish_non_exhaustive()
    }
}
