use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use webhook_core::{Bytes, SecretText};

use crate::args::Header;
use crate::failure::Failure;

/// How much of an answer is read.
const MAX_ANSWER: usize = 64 * 1024;
/// How much of it is shown.
const SHOWN: usize = 200;

/// A signed delivery.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Bytes,
}

/// What came back.
pub(crate) struct Answer {
    /// `None` if there was no answer.
    pub(crate) status: Option<u16>,
    /// The beginning of the answer, or why there is none. On one line, and without the secret.
    pub(crate) text: String,
    pub(crate) elapsed: Duration,
}

/// Sends deliveries to one URL.
pub(crate) struct Client {
    http: reqwest::Client,
    url: Url,
    method: Method,
    deadline: Duration,
    secret: SecretText,
}

impl Client {
    pub(crate) fn new(
        url: Url,
        method: &str,
        deadline: Duration,
        secret: SecretText,
    ) -> Result<Self, Failure> {
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| Failure::set_up("--method is no HTTP method"))?;
        let http = http_client().timeout(deadline).build().map_err(Failure::set_up)?;
        Ok(Self { http, url, method, deadline, secret })
    }

    pub(crate) async fn send(&self, request: &Request) -> Answer {
        let start = Instant::now();
        let (status, text) = match self.exchange(request).await {
            Ok((status, text)) => (Some(status), text),
            Err(error) if error.is_timeout() => {
                (None, format!("no answer within {} s", self.deadline.as_secs_f64()))
            }
            Err(error) => (None, reason(&error)),
        };
        let text = text.replace(self.secret.as_str(), "[secret]");
        Answer { status, text: one_line(&text), elapsed: start.elapsed() }
    }

    async fn exchange(&self, request: &Request) -> Result<(u16, String), reqwest::Error> {
        let mut outgoing = self.http.request(self.method.clone(), self.url.clone());
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
                outgoing = outgoing.header(name, value);
            }
        }
        let mut response = outgoing.body(request.body.clone()).send().await?;
        let status = response.status().as_u16();
        let bytes = start_of(&mut response).await?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// A client that does as senders of webhooks do: it follows no redirects.
pub(crate) fn http_client() -> reqwest::ClientBuilder {
    let agent = concat!("webhook-cli/", env!("CARGO_PKG_VERSION"));
    reqwest::Client::builder().redirect(Policy::none()).user_agent(agent)
}

/// Reads an answer up to a limit.
pub(crate) async fn start_of(response: &mut reqwest::Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_ANSWER.saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
        if chunk.len() >= room {
            break;
        }
    }
    Ok(bytes)
}

/// The innermost cause: the outer ones name the URL, which may hold a password.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut text = "no answer".to_owned();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}

pub(crate) fn one_line(text: &str) -> String {
    let printable = text.trim().chars().flat_map(|char| {
        let escaped = char.is_control().then(|| char.escape_default());
        escaped.is_none().then_some(char).into_iter().chain(escaped.into_iter().flatten())
    });
    printable.take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_on_one_line() {
        assert_eq!(one_line(" {\"a\":\n\u{1b}[1m}\n"), "{\"a\":\\n\\u{1b}[1m}");
        assert_eq!(one_line(&"x".repeat(1000)).len(), SHOWN);
    }
}
