//! Answers that are errors, and what all answers have in common.

use std::borrow::Cow;

use askama::Template;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use tower_http::csrf::ProtectionError;

use super::ask::View;
use super::json;
use crate::store::{StoreError, StoreErrorKind};

/// An answer that is an error. [`finish`] makes a page or JSON of it.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    status: StatusCode,
    title: &'static str,
    text: Cow<'static, str>,
}

impl Problem {
    pub(super) const NO_PAGE: Self =
        Self::new(StatusCode::NOT_FOUND, "Page not found", "There is no page at this address.");
    pub(super) const NO_DELIVERY: Self = Self::new(
        StatusCode::NOT_FOUND,
        "Delivery not found",
        "There is no delivery with this number. It may have been deleted, or removed because of its age.",
    );
    pub(super) const NO_REQUEST: Self = Self::new(
        StatusCode::NOT_FOUND,
        "Request not kept",
        "Of this delivery only the body and a few headers were kept.",
    );
    pub(super) const METHOD: Self = Self::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Method not allowed",
        "This address does not take that method.",
    );
    pub(super) const NO_ACCESS: Self = Self::new(
        StatusCode::FORBIDDEN,
        "No access",
        "The log is closed. Set a password with `Log::password_from_env`, or open it to this machine with `Log::local_only`.",
    );
    pub(super) const NOT_LOCAL: Self = Self::new(
        StatusCode::FORBIDDEN,
        "Only from this machine",
        "The log has no password, so it is shown at localhost and 127.0.0.1 only, and not through a proxy. Set a password to show it \
         elsewhere.",
    );
    pub(super) const NO_PASSWORD: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "Password needed",
        "Enter the password of the delivery log. Any user name will do.",
    );
    const OTHER_SITE: Self = Self::new(
        StatusCode::FORBIDDEN,
        "Request of another site",
        "The request came from another site, so nothing was changed.",
    );
    pub(super) const WAITS: Self = Self::new(
        StatusCode::CONFLICT,
        "Not now",
        "The delivery is waiting or being worked on: it can be replayed once it is done, failed or given up. A rejected request cannot be replayed.",
    );
    pub(super) const RUNS: Self = Self::new(
        StatusCode::CONFLICT,
        "Not now",
        "The delivery is being worked on. It can be deleted once the attempt has ended.",
    );
    pub(super) const BUSY: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "Busy",
        "The log is answering other requests. Try again in a few seconds.",
    );
    pub(super) const SLOW: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "Took too long",
        "The database did not answer in time. Try again, or narrow the filters down.",
    );
    pub(super) const FAILED: Self = Self::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "The log cannot show this. The reason is in the program's own log.",
    );

    const fn new(status: StatusCode, title: &'static str, text: &'static str) -> Self {
        Self { status, title, text: Cow::Borrowed(text) }
    }

    pub(super) const fn bad_request(text: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            title: "Filter not understood",
            text: Cow::Owned(text),
        }
    }

    #[cfg(test)]
    pub(super) const fn title(&self) -> &'static str {
        self.title
    }

    /// The reader is told little; the rest is logged.
    pub(super) fn of_store(error: &StoreError) -> Self {
        tracing::error!(
            error = error as &dyn std::error::Error,
            "the delivery log cannot be shown"
        );
        match error.kind() {
            StoreErrorKind::Unreachable => Self::SLOW,
            _ => Self::FAILED,
        }
    }

    fn render(self, view: &View) -> Response {
        if view.is_json {
            return (self.status, json::answer(&json::Error { error: &self.text })).into_response();
        }
        let page = Message { view, back: &view.home, title: self.title, text: &self.text };
        match page.render() {
            Ok(page) => (self.status, Html(page)).into_response(),
            Err(_) => (self.status, self.text).into_response(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a page was not rendered");
        Self::FAILED
    }
}

/// A page with a text.
#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message<'a> {
    pub(super) view: &'a View,
    /// The address of the list, with its filters.
    pub(super) back: &'a str,
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

/// Renders errors, and sets the headers of all answers. Nothing may run in these pages or come from elsewhere, whatever a
/// sender wrote into its payload.
pub(super) async fn finish(view: View, request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'";
    let mut response = next.run(request).await;
    if response.extensions().get::<ProtectionError>().is_some() {
        response.extensions_mut().insert(Problem::OTHER_SITE);
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let rendered = problem.render(&view);
        let (parts, body) = rendered.into_parts();
        *response.body_mut() = body;
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.extend(parts.headers);
        if parts.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        debug_assert!(headers.contains_key(CONTENT_TYPE));
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: the forms would not say where they come from either.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
