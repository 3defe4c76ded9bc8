use std::time::{Duration, Instant};

use reqwest::{Method, Url};
use webhook_core::{Bytes, SecretText};

use crate::args::Header;
use crate::failure::Failure;
use crate::http::{self, one_line, reason, start_of, without};

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
    deadline: Duration,
    /// No answer that is shown contains one of them.
    secrets: Vec<SecretText>,
}

impl Client {
    pub(crate) fn new(
        url: Url,
        deadline: Duration,
        secrets: Vec<SecretText>,
    ) -> Result<Self, Failure> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Failure::set_up(
                "what is sent to is a URL that begins with http:// or https://",
            ));
        }
        let http = http::client(&url, deadline)?;
        Ok(Self { http, url, deadline, secrets })
    }

    pub(crate) async fn send<V: AsRef<[u8]>>(
        &self,
        method: &Method,
        headers: &[(String, V)],
        body: Bytes,
    ) -> Answer {
        let start = Instant::now();
        let (status, text) = match self.exchange(method, headers, body).await {
            Ok((status, text)) => (Some(status), text),
            Err(error) if error.is_timeout() => {
                (None, format!("no answer within {} s", self.deadline.as_secs_f64()))
            }
            Err(error) => (None, reason(&error)),
        };
        Answer { status, text: one_line(&text), elapsed: start.elapsed() }
    }

    async fn exchange<V: AsRef<[u8]>>(
        &self,
        method: &Method,
        headers: &[(String, V)],
        body: Bytes,
    ) -> Result<(u16, String), reqwest::Error> {
        let mut outgoing = self.http.request(method.clone(), self.url.clone());
        for (name, value) in headers {
            outgoing = outgoing.header(name, value.as_ref());
        }
        let mut response = outgoing.body(body).send().await?;
        let status = response.status().as_u16();
        let bytes = start_of(&mut response).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let text = self.secrets.iter().fold(text, |text, secret| without(secret, text.as_bytes()));
        Ok((status, text))
    }
}

/// The path and query of a URL.
pub(crate) fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
