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
        let http = http::client(&url, deadline)?;
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
        Answer { status, text: one_line(&text), elapsed: start.elapsed() }
    }

    async fn exchange(&self, request: &Request) -> Result<(u16, String), reqwest::Error> {
        let mut outgoing = self.http.request(self.method.clone(), self.url.clone());
        for (name, value) in &request.headers {
            outgoing = outgoing.header(name, value);
        }
        let mut response = outgoing.body(request.body.clone()).send().await?;
        let status = response.status().as_u16();
        let bytes = start_of(&mut response).await?;
        Ok((status, without(&self.secret, &bytes)))
    }
}
