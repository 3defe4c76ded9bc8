//! Samva's documentation, "Receive webhooks", 2026-11.

use serde_json::json;

use super::api::Api;

pub(super) const API: Api = Api {
    provider: "samva",
    title: "Samva",
    base_url: "https://api.samva.app",
    path: "/v1/webhooks",
    key_header: "x-api-key",
    key_prefix: "",
    body: |wanted| {
        let mut body = json!({ "url": wanted.url, "events": wanted.events });
        if let (Some(name), Some(body)) = (wanted.name, body.as_object_mut()) {
            body.insert("name".to_owned(), name.into());
        }
        body
    },
    makes_secret: false,
    lists: false,
};
