use std::time::Duration;

use axum::Extension;
use axum::http::{HeaderMap, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use bytes::Bytes;
use webhook_tower::axum::{Verified, VerifiedRejection};
use webhook_tower::{Received, VerifyWebhook};

use super::{Endpoint, RequestHead};
use crate::store::Accepted;

impl Endpoint {
    /// The route for axum: `POST` only.
    pub fn into_axum(self) -> MethodRouter {
        let limits = self.limits;
        let mut webhook = VerifyWebhook::new(self.verify())
            .body_timeout(limits.body_timeout.unwrap_or(Duration::from_millis(2500)))
            .max_buffered(limits.max_buffered.unwrap_or(16 * 1024 * 1024));
        if let Some(limit) = limits.body_limit {
            webhook = webhook.body_limit(limit);
        }
        let receive = move |Extension(received): Extension<Received>,
                            headers: HeaderMap,
                            Verified(delivery, _): Verified<Bytes>| {
            let endpoint = self.clone();
            async move {
                let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
                let accepted = endpoint.store(&delivery, RequestHead::of(named)).await?;
                if let Accepted::Duplicate(_) = accepted {
                    received.note_duplicate();
                }
                Ok::<Response, VerifiedRejection>(answer(accepted))
            }
        };
        post(receive).route_layer(webhook)
    }
}

fn answer(accepted: Accepted) -> Response {
    ([(CONTENT_TYPE, "application/json")], super::body_of(accepted)).into_response()
}
