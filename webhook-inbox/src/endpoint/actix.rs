use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, Resource, web};
use bytes::Bytes;
use webhook_actix::{Received, Verified, VerifiedRejection, VerifyWebhook};

use super::{Endpoint, RequestHead};
use crate::store::Accepted;

impl Endpoint {
    /// The resource at this path for actix-web: `POST` only.
    pub fn into_actix(self, path: &str) -> Resource {
        let limits = self.limits;
        let mut webhook = VerifyWebhook::new(self.verify())
            .body_timeout(limits.body_timeout.unwrap_or(Duration::from_millis(2500)))
            .max_buffered(limits.max_buffered.unwrap_or(16 * 1024 * 1024));
        if let Some(limit) = limits.body_limit {
            webhook = webhook.body_limit(limit);
        }
        let receive = move |request: HttpRequest, Verified(delivery, _): Verified<Bytes>| {
            let endpoint = self.clone();
            async move {
                let headers = request.headers().iter();
                let named = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
                let accepted = endpoint.store(&delivery, RequestHead::of(named)).await?;
                if let Accepted::Duplicate(_) = accepted
                    && let Some(received) = request.extensions().get::<Received>()
                {
                    received.note_duplicate();
                }
                let body = super::body_of(accepted);
                let answer = HttpResponse::Ok().content_type("application/json").body(body);
                Ok::<HttpResponse, VerifiedRejection>(answer)
            }
        };
        web::resource(path.to_owned()).route(web::post().to(receive).wrap(webhook))
    }
}
