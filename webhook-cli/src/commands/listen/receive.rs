use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use webhook_core::adapter::{Answer, Chain};
use webhook_core::explain::Explainer;
use webhook_core::{Bytes, Checked, Clock, Delivery, Rejection, Verify, VerifyError};
use webhook_inbox::store::Accepted;
use webhook_inbox::{Endpoint, Inbox, RequestHead};

use super::shown::{Cause, Outcome, Shown};
use crate::args::{EventFilter, now};
use crate::commands::explain::as_request;
use crate::http::one_line;
use crate::output::Output;
use crate::request::Captured;

/// The longest body that is kept.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// How many bytes the bodies under way may have together. What does not fit waits.
const BODIES: usize = 8 * MAX_BODY;

/// How long a request waits for others.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bodies up to this length do not wait for others.
const SMALL: usize = 256 * 1024;

/// How long a body may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How many rejected requests are explained at a time. Strangers send them, and an explanation takes up to seconds: those that
/// come meanwhile are kept without one.
const EXPLANATIONS: usize = 1;

/// The longest body of a request that is explained.
const MAX_EXPLAINED: usize = 2 * 1024 * 1024;

/// How many rejected requests are kept, since anybody can send them.
const KEPT: usize = 10_000;

/// How many handshakes that are not signed are kept in one run.
const HANDSHAKES: usize = 100;

/// Why a rejected request has no explanation.
pub(super) const UNEXPLAINED: &str = "not explained, since its body is long or others were being explained: download the request and ask `webhook explain`";

/// What is said if no known mistake explains it.
pub(super) const UNKNOWN: &str = "no known mistake explains it. Most often the secret is another one: compare it with the provider's. Otherwise the body was changed";

/// Receives requests, keeps them, and answers as a receiver of the provider's does.
pub(super) struct Receiver {
    verify: Arc<dyn Verify>,
    inbox: Inbox,
    endpoint: Endpoint,
    explainer: Arc<Explainer<'static>>,
    explanations: Arc<Semaphore>,
    handshakes: AtomicUsize,
    bodies: Arc<Semaphore>,
    filter: Option<EventFilter>,
    /// The URL that the provider knows.
    url: Option<String>,
    output: Output,
}

impl Receiver {
    pub(super) fn new(
        verify: Arc<dyn Verify>,
        inbox: Inbox,
        endpoint: Endpoint,
        explainer: Explainer<'static>,
        filter: Option<EventFilter>,
        url: Option<String>,
        output: Output,
    ) -> Self {
        Self {
            verify,
            inbox,
            endpoint,
            explainer: Arc::new(explainer),
            explanations: Arc::new(Semaphore::new(EXPLANATIONS)),
            handshakes: AtomicUsize::new(0),
            bodies: Arc::new(Semaphore::new(BODIES)),
            filter,
            url,
            output,
        }
    }

    pub(super) fn into_router(self) -> Router {
        Router::new().fallback(receive).with_state(Arc::new(self))
    }

    /// Reads a body when there is room for it, and returns what gives the room back.
    async fn body(&self, body: Body) -> Result<(OwnedSemaphorePermit, Bytes), StatusCode> {
        let length = body.size_hint().upper();
        let declared =
            length.map_or(MAX_BODY, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if declared > MAX_BODY {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let bytes = if declared <= SMALL { 0 } else { u32::try_from(declared).unwrap_or(u32::MAX) };
        let room = timeout(PATIENCE, self.bodies.clone().acquire_many_owned(bytes)).await;
        let Ok(Ok(room)) = room else { return Err(StatusCode::SERVICE_UNAVAILABLE) };
        match timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
            Ok(Ok(body)) => Ok((room, body)),
            // Only a body whose length was not said can be longer.
            Ok(Err(_)) if length.is_none() => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
        }
    }

    /// Keeps a request whatever it is, and says how it is answered.
    async fn take(&self, captured: Captured) -> Result<(Shown, Answer), Rejection> {
        let mut shown = Shown::of(&captured);
        let checked = self
            .verify
            .begin(&captured.head(), Clock::at(captured.arrived.unwrap_or_else(now)))
            .and_then(|verification| verification.finish(&captured.body));
        let head = whole(&captured);
        let body = captured.body.clone();
        let answer = match checked {
            Ok(Checked::Delivery(delivery)) => {
                self.deliver(&delivery, head, &mut shown).await?;
                Answer::ok()
            }
            Ok(Checked::Handshake { answer, delivery: Some(delivery) }) => {
                self.deliver(&delivery, head, &mut shown).await?;
                shown.outcome = Outcome::Handshake;
                answer
            }
            Ok(Checked::Handshake { answer, delivery: None }) => {
                shown.outcome = Outcome::Handshake;
                // Anybody can send them, too, and they are all the same.
                if self.handshakes.fetch_add(1, Ordering::Relaxed) < HANDSHAKES {
                    let head = if body.len() <= SMALL { head } else { RequestHead::default() };
                    let body = Some(body).filter(|body| body.len() <= SMALL).unwrap_or_default();
                    let number = self.endpoint.store_only(head, body, "handshake").await?;
                    shown.number = Some(number);
                }
                answer
            }
            Err(error) => {
                shown.causes = self.explain(captured).await;
                shown.reason = Some(error.to_string());
                let reason = reason(&error, shown.causes.as_deref());
                let number = self.endpoint.store_rejected(head, body, reason).await?;
                // What is left over is removed the next time.
                _ = self.inbox.store().forget_rejected(KEPT, 2).await;
                (shown.number, shown.outcome) = (Some(number), Outcome::Rejected);
                Answer::from(&Rejection::from(error))
            }
        };
        shown.status = answer.status;
        Ok((shown, answer))
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
        head: RequestHead,
        shown: &mut Shown,
    ) -> Result<(), Rejection> {
        let event = self.endpoint.event_of(delivery);
        let accepted = self.endpoint.store(delivery, head.clone()).await?;
        shown.id = delivery.id().map(str::to_owned);
        shown.number = Some(accepted.number());
        if let Accepted::Duplicate(number) = accepted {
            // It is kept and forwarded, too: the service may have missed the first.
            shown.number = Some(self.endpoint.store_copy(delivery, head).await?);
            shown.duplicate_of = Some(number);
            shown.outcome = Outcome::Duplicate;
        }
        shown.event = Some(event);
        Ok(())
    }

    /// Explains on a thread of its own. `None` if there is no room for it.
    async fn explain(&self, captured: Captured) -> Option<Vec<Cause>> {
        let turn = self.explanations.clone().try_acquire_owned().ok();
        let turn = turn.filter(|_| captured.body.len() <= MAX_EXPLAINED)?;
        let this = self.explainer.clone();
        let at = captured.arrived.unwrap_or_else(now);
        let explaining = tokio::task::spawn_blocking(move || {
            let explanation = this.explain(&as_request(captured, at));
            drop(turn);
            explanation
        });
        let causes = explaining.await.ok()?.causes;
        Some(causes.into_iter().map(Cause::from).collect())
    }

    fn show(&self, shown: &Shown) {
        let matches =
            |filter: &EventFilter| shown.event.as_ref().is_none_or(|event| filter.matches(event));
        if self.filter.as_ref().is_none_or(matches) {
            // Requests are kept, whoever reads.
            _ = self.output.print(shown);
        }
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, request: Request) -> Response {
    // A task of its own: a sender that hangs up has sent its request all the same.
    let taken = tokio::spawn(async move { take(&receiver, request).await });
    taken.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn take(receiver: &Receiver, request: Request) -> Response {
    let output = receiver.output;
    let (parts, body) = request.into_parts();
    let (_room, body) = match receiver.body(body).await {
        Ok(read) => read,
        Err(status) => {
            let target = one_line(parts.uri.path());
            output.warn(format!("a request to {target} was not kept, but answered {status}"));
            return status.into_response();
        }
    };
    match receiver.take(captured(&parts, body, receiver.url.clone())).await {
        Ok((shown, answer)) => {
            receiver.show(&shown);
            respond(answer)
        }
        Err(rejection) => {
            // It may have been stored later than it could be waited for.
            output.error(format!("a request was answered 503: {}", Chain(&rejection)));
            respond(Answer::from(&rejection))
        }
    }
}

fn captured(parts: &Parts, body: Bytes, url: Option<String>) -> Captured {
    let headers = parts.headers.iter();
    let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    Captured {
        method: parts.method.to_string(),
        target: target.to_owned(),
        url,
        headers: headers.map(|(name, value)| (name.to_string(), value.as_bytes().into())).collect(),
        body,
        arrived: Some(now()),
        doubts: Vec::new(),
    }
}

fn whole(captured: &Captured) -> RequestHead {
    let headers = captured.headers.iter().map(|(name, value)| (&**name, &**value));
    RequestHead::whole(&captured.method, &captured.target, headers, captured.body.len())
}

/// Why it was rejected and what may explain it, as the page shows it.
fn reason(error: &VerifyError, causes: Option<&[Cause]>) -> String {
    let mut reason = error.to_string();
    let Some(causes) = causes else { return format!("{reason}\n{UNEXPLAINED}") };
    if causes.is_empty() {
        reason = format!("{reason}\n{UNKNOWN}");
    }
    for Cause { id, evidence, fix } in causes {
        // A string takes everything.
        _ = write!(reason, "\n{id}: {evidence}\nFix: {fix}");
    }
    reason
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body.into_owned()).into_response();
    let headers = answer.headers.iter().map(|(name, value)| (*name, &**value));
    for (name, value) in headers.chain([("content-type", answer.content_type)]) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
