use std::fmt;

use reqwest::Method;
use serde::Serialize;

use super::client::{Answer, Client};
use crate::output::{BAD, GOOD};
use crate::request::Captured;

/// A captured request that was sent again, and the answer.
#[derive(Serialize)]
pub(crate) struct Resent {
    kind: &'static str,
    request: String,
    /// `None` if there was no answer.
    status: Option<u16>,
    answer: String,
    milliseconds: u128,
}

impl Resent {
    /// Sends a request as it was captured, but for what belongs to a connection. `kind` and `name` are shown.
    pub(crate) async fn send(
        client: &Client,
        captured: Captured,
        kind: &'static str,
        name: String,
    ) -> Self {
        let Ok(method) = Method::from_bytes(captured.method.as_bytes()) else {
            let answer = "its method is none of HTTP".to_owned();
            return Self { kind, request: name, status: None, answer, milliseconds: 0 };
        };
        let headers = captured.end_to_end_headers();
        let Answer { status, text, elapsed } = client.send(&method, &headers, captured.body).await;
        let milliseconds = elapsed.as_millis();
        Self { kind, request: name, status, answer: text, milliseconds }
    }

    pub(crate) const fn is_answered(&self) -> bool {
        self.status.is_some()
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// What was answered, or that nothing was.
    pub(crate) fn summary(&self) -> String {
        match self.status {
            Some(status) => format!("{status} {}", self.answer),
            None => format!("no answer: {}", self.answer),
        }
    }
}

impl fmt::Display for Resent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let style = if self.is_accepted() { GOOD } else { BAD };
        write!(f, "{} {} -> {style}", self.request, self.kind)?;
        write!(f, "{}{style:#} ({} ms)", self.summary(), self.milliseconds)
    }
}
