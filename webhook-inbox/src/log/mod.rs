//! The delivery log: pages without scripts, and the same as JSON.

mod access;
mod ask;
mod change;
mod detail;
mod json;
mod list;
mod params;
mod payload;
mod problem;
mod queries;
mod when;

pub use access::LogError;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::csrf::CsrfLayer;
use webhook_core::{SecretError, SecretText};

use crate::inbox::Inbox;
use access::Access;
use problem::Problem;
use queries::Queries;

/// The delivery log: what was received and what became of it, with buttons to replay and to delete.
///
/// The pages have no scripts and a strict content security policy. The log reads through connections of its own, with a
/// few requests at a time, so that it does not hold up the receiver.
///
/// # Access
///
/// With a [password](Self::password_from_env), browsers ask for it (HTTP Basic authentication, any user name). Serve the
/// log over TLS then. [`local_only`](Self::local_only) needs no password. Without either, every request is answered 403. Requests
/// of other sites that would change something are refused in any case.
///
/// # JSON
///
/// Requests with `Accept: application/json` receive JSON. Times are RFC 3339 in UTC. An error is `{"error": ".."}`.
///
/// | request | answer |
/// |---|---|
/// | `GET /?provider=&endpoint=&event=&state=&from=&until=&delivery_id=&text=&before=` | `{"deliveries": [..], "next": 123, "is_partial": false}`. `event` is a prefix. `next` is the next page's `before`, or null. |
/// | `GET /counts` | `{"counts": {"waiting": 0, "held": 0, "running": 0, "failed": 0, "done": 0, "given-up": 0, "kept": 0, "rejected": 0}, "up_to": 10000, "oldest_waiting_at": null}` |
/// | `GET /deliveries/{number}` | `{"delivery": {..}, "event": {..}, "failures": [..]}`. `event` is the stored [`CloudEvent`](webhook_core::CloudEvent). |
/// | `GET /deliveries/{number}/body` | the exact body, whatever is accepted |
/// | `GET /deliveries/{number}/request` | the request as HTTP/1.1 writes it, if it was kept [whole](crate::RequestHead::whole) |
/// | `POST /deliveries/{number}/replay`, `POST /replay?..` | `{"replayed": 1, "left": 0, "next": null}` |
/// | `POST /deliveries/{number}/delete`, `POST /delete?..` | `{"deleted": 1, "left": 0, "next": null}` |
///
/// A delivery is `{"number", "provider", "endpoint", "event", "delivery_id", "received_at", "state", "attempts",
/// "next_attempt_at", "ended_at", "error", "order"}`, and a failure `{"number", "started_at", "ended_at", "error"}`.
/// Members may be added.
///
/// `/replay` and `/delete` take the filters of the list. They change at most 1,000 deliveries and then return where to go
/// on: repeat the request with `before` set to `next`, until that is null. `left` counts deliveries that could not be
/// changed because they are waiting or running.
///
/// # Example
///
/// ```no_run
/// # async fn example(inbox: webhook_inbox::Inbox) -> Result<(), Box<dyn std::error::Error>> {
/// use webhook_inbox::log::Log;
///
/// let log = Log::new(&inbox).password_from_env("LOG_PASSWORD")?;
/// let app = axum::Router::new().nest("/log", log.into_router());
/// # Ok(())
/// # }
/// ```
#[must_use = "a log is not shown until it is a router"]
pub struct Log {
    inbox: Inbox,
    access: Access,
    queries: usize,
    timeout: Duration,
}

/// What the handlers know.
#[derive(Clone)]
struct Shared {
    inbox: Inbox,
    queries: Queries,
}

impl Log {
    /// The log of this inbox. It is closed until it has a password, or is [local](Self::local_only).
    pub fn new(inbox: &Inbox) -> Self {
        Self {
            inbox: inbox.clone(),
            access: Access::Nobody,
            queries: 4,
            timeout: Duration::from_secs(5),
        }
    }

    /// Sets the password.
    ///
    /// # Errors
    ///
    /// If it is empty, or looks like a copying mistake: see [`SecretText::new`].
    pub fn password(mut self, password: impl AsRef<str>) -> Result<Self, SecretError> {
        self.access = Access::password(SecretText::new(password)?);
        Ok(self)
    }

    /// Sets the password to the value of an environment variable.
    ///
    /// # Errors
    ///
    /// If the variable is not set, or its value is not usable: see [`SecretText::from_env`].
    pub fn password_from_env(mut self, variable: &str) -> Result<Self, SecretError> {
        self.access = Access::password(SecretText::from_env(variable)?);
        Ok(self)
    }

    /// Opens the log to this machine, without a password: to requests for its own names (`localhost`, `127.0.0.1`, `[::1]`)
    /// that no proxy says it has passed on.
    ///
    /// A client can claim any name. So listen on a loopback address, which [`check_address`](Self::check_address) checks, and put
    /// no proxy in front: whoever reaches the log can read, replay and delete.
    pub fn local_only(mut self) -> Self {
        self.access = Access::Local;
        self
    }

    /// Sets how many requests query the database at a time: 4 by default. Others wait for up to a second, and are then
    /// answered 503.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.queries = requests.max(1);
        self
    }

    /// Sets how long the queries of a request may take: 5 s by default. Then the answer is 503. The database ends a
    /// statement after 3 s in any case.
    pub const fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// Checks that a [local](Self::local_only) log is not listened for on an address that other machines can reach.
    ///
    /// # Errors
    ///
    /// If it is local and the address is not a loopback address.
    pub fn check_address(&self, address: SocketAddr) -> Result<(), LogError> {
        self.access.check_address(address)
    }

    /// The routes. Nest them under a path, or serve them on a port of their own: all links are relative. With
    /// [`Router::nest`] at `/log`, the list is at `/log`; with [`Router::nest_service`], at `/log/`, too.
    ///
    /// They have a fallback, which answers 404 with a page. Call [`Router::reset_fallback`] before you merge them into a
    /// router that has one, too.
    pub fn into_router(self) -> Router {
        let queries = Queries::new(self.queries, self.timeout);
        Router::new()
            .route("/", get(list::list))
            .route("/counts", get(list::counts))
            .route("/replay", get(change::confirm_replays).post(change::replays))
            .route("/delete", get(change::confirm_deletions).post(change::deletions))
            .route("/deliveries/{number}", get(detail::detail))
            .route("/deliveries/{number}/body", get(detail::body))
            .route("/deliveries/{number}/request", get(detail::request))
            .route("/deliveries/{number}/replay", get(change::confirm_replay).post(change::replay))
            .route(
                "/deliveries/{number}/delete",
                get(change::confirm_deletion).post(change::deletion),
            )
            // From the innermost to the outermost: other sites' forms, other people, errors and headers of all answers.
            .route_layer(CsrfLayer::new())
            .route_layer(middleware::from_fn_with_state(self.access, access::check))
            .route("/style.css", get(style))
            .method_not_allowed_fallback(async || Problem::METHOD)
            .fallback(async || Problem::NO_PAGE)
            .with_state(Shared { inbox: self.inbox, queries })
            .layer(middleware::from_fn(problem::finish))
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("access", &self.access).finish_non_exhaustive()
    }
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/style.css"))
}
