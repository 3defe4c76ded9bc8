use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use webhook_core::SecretText;
use zeroize::Zeroizing;

use super::api::{Api, Wanted};
use super::endpoint::Endpoint;
use crate::failure::Failure;
use crate::http::{self, one_line, reason, start_of, without};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A provider's API with the user's key.
pub(super) struct Call<'a> {
    api: &'a Api,
    key: &'a SecretText,
    url: Url,
    http: reqwest::Client,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        api: &'a Api,
        key: &'a SecretText,
        base: Option<&Url>,
    ) -> Result<Self, Failure> {
        let base = base.map_or(api.base_url, Url::as_str).trim_end_matches('/');
        let url = Url::parse(&format!("{base}{}", api.path));
        let url = url.map_err(|_| Failure::set_up("--base-url is no http or https URL"))?;
        let http = http::client(&url, TIMEOUT)?;
        Ok(Self { api, key, url, http })
    }

    pub(super) async fn create(&self, wanted: &Wanted<'_>) -> Result<Endpoint, Failure> {
        let answer = self.exchange(Method::POST, Some((self.api.body)(wanted))).await?;
        let data = answer.get("data").unwrap_or(&answer);
        Endpoint::read(self.api.provider, data).ok_or_else(|| self.not_understood())
    }

    pub(super) async fn list(&self) -> Result<Vec<Endpoint>, Failure> {
        let answer = self.exchange(Method::GET, None).await?;
        let data = answer.get("data").unwrap_or(&answer);
        let list = data.as_array().or_else(|| data.get("webhooks")?.as_array());
        let list = list.ok_or_else(|| self.not_understood())?;
        let read = |each| Endpoint::read(self.api.provider, each);
        list.iter().map(read).collect::<Option<_>>().ok_or_else(|| self.not_understood())
    }

    async fn exchange(&self, method: Method, body: Option<Value>) -> Result<Value, Failure> {
        let value = Zeroizing::new(format!("{}{}", self.api.key_prefix, self.key.as_str()));
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| Failure::set_up("the API key has a character that no header may have"))?;
        value.set_sensitive(true);
        let mut request = self.http.request(method, self.url.clone());
        request = request.header(self.api.key_header, value);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let unanswered = |error: reqwest::Error| {
            Failure::set_up(format!("{} does not answer: {}", self.api.title, reason(&error)))
        };
        let mut response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        let bytes = Zeroizing::new(start_of(&mut response).await.map_err(unanswered)?);
        if !status.is_success() {
            let (title, text) = (self.api.title, one_line(&without(self.key, &bytes)));
            return Err(Failure::rejected(format!("{title} answers {}: {text}", status.as_u16())));
        }
        // It may hold a new secret, so no error shows what it holds.
        let answer: Value = serde_json::from_slice(&bytes).map_err(|_| self.not_understood())?;
        if answer.get("success") == Some(&Value::Bool(false)) {
            let title = self.api.title;
            return Err(Failure::rejected(format!("{title} answers that it did not succeed")));
        }
        Ok(answer)
    }

    fn not_understood(&self) -> Failure {
        Failure::rejected(format!("{} gave another answer than it documents", self.api.title))
    }
}
