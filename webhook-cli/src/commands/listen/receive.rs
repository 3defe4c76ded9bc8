use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use webhook_core::adapter::{Answer, Chain};
use webhook_core::explain::Explainer;
use webhook_core::{Bytes, Checked, Clock, Delivery, Rejection, Verify, VerifyError};
use webhook_inbox::store::Accepted;
use webhook_inbox::{Endpoint, RequestHead};

use super::shown::{Cause, Outcome, Shown};
use crate::args::{EventFilter, now};
use crate::commands::explain::as_request;
use crate::output::Output;
use crate::request::Captured;

/// The longest body that is kept.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// How many requests are received at a time.
const REQUESTS: usize = 16;

/// How long a sender may be silent while it sends a body.
const SILENCE: Duration = Duration::from_secs(10);

/// Receives requests, keeps them, and answers as a receiver of the provider's does.
pub(super) struct Receiver {
    verify: Arc<dyn Verify>,
    endpoint: Endpoint,
    explainer: Arc<Explainer<'static>>,
    filter: Option<EventFilter>,
    /// The URL that the provider knows.
    url: Option<String>,
    output: Output,
}

impl Receiver {
    pub(super) fn new(
        verify: Arc<dyn Verify>,
        endpoint: Endpoint,
        explainer: Explainer<'static>,
        filter: Option<EventFilter>,
        url: Option<String>,
        output: Output,
    ) -> Self {
        Self { verify, endpoint, explainer: Arc::new(explainer), filter, url, output }
    }

    pub(super) fn into_router(self) -> Router {
        Router::new()
            .fallback(receive)
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(RequestBodyTimeoutLayer::new(SILENCE))
            .layer(GlobalConcurrencyLimitLayer::new(REQUESTS))
            .with_state(Arc::new(self))
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
                let number = self.endpoint.store_only(head, body, "handshake").await?;
                (shown.number, shown.outcome) = (Some(number), Outcome::Handshake);
                answer
            }
            Err(error) => {
                shown.causes = self.explain(captured).await;
                shown.reason = Some(error.to_string());
                let reason = reason(&error, &shown.causes);
                let number = self.endpoint.store_rejected(head, body, reason).await?;
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
            // This copy is kept, too: its head may differ.
            let body = delivery.body().clone();
            let name = format!("{event} (duplicate of {number})");
            shown.number = Some(self.endpoint.store_only(head, body, &name).await?);
            shown.outcome = Outcome::Duplicate;
        }
        shown.event = Some(event);
        Ok(())
    }

    /// Explains on a thread of its own: it may take a second or two.
    async fn explain(&self, captured: Captured) -> Vec<Cause> {
        let this = self.explainer.clone();
        let at = captured.arrived.unwrap_or_else(now);
        let explaining =
            tokio::task::spawn_blocking(move || this.explain(&as_request(captured, at)));
        let causes = explaining.await.map(|explanation| explanation.causes).unwrap_or_default();
        causes.into_iter().map(Cause::from).collect()
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

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let output = receiver.output;
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            output.warn(format!("a request was not kept: {}", rejection.body_text()));
            return rejection.into_response();
        }
    };
    match receiver.take(captured(&parts, body, receiver.url.clone())).await {
        Ok((shown, answer)) => {
            receiver.show(&shown);
            respond(answer)
        }
        Err(rejection) => {
            output.error(format!("a request was not kept: {}", Chain(&rejection)));
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
fn reason(error: &VerifyError, causes: &[Cause]) -> String {
    let mut reason = error.to_string();
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
