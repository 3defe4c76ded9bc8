use std::fmt;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::http::one_line;

/// An endpoint that is registered, as far as the answer tells.
#[derive(Serialize)]
pub(super) struct Endpoint {
    provider: &'static str,
    id: String,
    url: Option<String>,
    events: Option<Vec<String>>,
    active: Option<bool>,
    /// Where the new secret is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secret_file: Option<String>,
    #[serde(skip)]
    pub(super) secret: Option<Zeroizing<String>>,
}

impl Endpoint {
    /// `None` if the endpoint has no id.
    pub(super) fn read(provider: &'static str, json: &Value) -> Option<Self> {
        let text = |member: &str| json.get(member).and_then(Value::as_str);
        let events = json.get("events").and_then(Value::as_array);
        Some(Self {
            provider,
            id: one_line(text("webhookId").or_else(|| text("id"))?),
            url: text("url").map(one_line),
            events: events.map(|all| all.iter().filter_map(Value::as_str).map(one_line).collect()),
            active: json.get("active").and_then(Value::as_bool),
            secret_file: None,
            secret: text("secret").map(|secret| Zeroizing::new(secret.to_owned())),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        if let Some(url) = &self.url {
            write!(f, " {url}")?;
        }
        if let Some(events) = &self.events {
            write!(f, " {}", events.join(","))?;
        }
        if self.active == Some(false) {
            f.write_str(" (not active)")?;
        }
        match &self.secret_file {
            Some(file) => write!(f, "\nits secret is in {file}"),
            None => Ok(()),
        }
    }
}
