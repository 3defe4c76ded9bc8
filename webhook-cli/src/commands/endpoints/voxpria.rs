//! VoxPria's documentation, "Webhooks API", 2026-11.

use serde_json::json;

use super::api::Api;

pub(super) const API: Api = Api {
    provider: "voxpria",
    title: "VoxPria",
    base_url: "https://app.voxpria.com",
    path: "/api/v1/webhooks",
    key_header: "authorization",
    key_prefix: "Bearer ",
    body: |wanted| json!({ "url": wanted.url, "events": wanted.events, "active": true }),
    makes_secret: true,
    lists: true,
};
