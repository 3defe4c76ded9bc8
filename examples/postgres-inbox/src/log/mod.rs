//! The delivery log: what came in, what became of it, and a button to try it again. Pages without scripts, on
//! a port of their own.

mod access;
mod page;
mod query;
mod replay;

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, response};
use sqlx::PgPool;
use tower_http::csrf::CsrfLayer;

pub use access::Access;
use query::Filter;
use replay::Replayed;

use crate::job::Jobs;

#[derive(Clone)]
struct Log {
    pool: PgPool,
    jobs: Jobs,
}

pub fn app(pool: &PgPool, jobs: Jobs, access: Access) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/deliveries/{id}", get(delivery))
        .route("/deliveries/{id}/replay", post(replay))
        .route("/style.css", get(style))
        .with_state(Log { pool: pool.clone(), jobs })
        // From the innermost to the outermost: other sites' forms, other people, the headers of all answers.
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(access, access::check))
        .layer(middleware::from_fn(with_headers))
}

async fn list(State(log): State<Log>, Query(filter): Query<Filter>) -> Result<Response, Failed> {
    let found = query::list(&log.pool, &filter).await?;
    page(StatusCode::OK, &page::List::new(&filter, found))
}

async fn delivery(State(log): State<Log>, Path(id): Path<i64>) -> Result<Response, Failed> {
    match query::one(&log.pool, id).await? {
        Some(found) => page(StatusCode::OK, &page::Detail::new(found)),
        None => message(StatusCode::NOT_FOUND, "There is no such delivery."),
    }
}

async fn replay(State(log): State<Log>, Path(id): Path<i64>) -> Result<Response, Failed> {
    match replay::replay(&log.pool, &log.jobs, id).await? {
        // By GET, so that the page can be loaded again without another replay.
        Replayed::Yes => Ok(Redirect::to(&format!("/deliveries/{id}")).into_response()),
        Replayed::NotNow => message(
            StatusCode::CONFLICT,
            "It is being worked on, or soon will be. It can be replayed once it is done, failed or given up.",
        ),
        Replayed::NotThere => message(StatusCode::NOT_FOUND, "There is no such delivery."),
    }
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/style.css"))
}

fn page(status: StatusCode, page: &impl Template) -> Result<Response, Failed> {
    Ok((status, Html(page.render()?)).into_response())
}

fn message(status: StatusCode, text: &str) -> Result<Response, Failed> {
    page(status, &page::Message { text })
}

/// Nothing may run in these pages or come from elsewhere, whatever a sender wrote into its payload.
async fn with_headers(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: the button's request would not say where it comes from either.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Something that is our fault. It is logged; the reader is told to come again.
struct Failed;

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Failed {
    fn from(error: E) -> Self {
        tracing::error!(error = &*error.into(), "the delivery log could not be shown");
        Self
    }
}

impl response::IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, "The delivery log cannot be shown just now.\n")
            .into_response()
    }
}
