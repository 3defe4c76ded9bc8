use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use webhook_core::Rejection;
use webhook_core::adapter::Chain;

/// How rejections become responses: as documented, unless the user chose otherwise.
#[derive(Clone, Default)]
pub(crate) struct OnRejection {
    chosen: Option<Arc<Respond>>,
}

type Respond = dyn Fn(&Rejection) -> Response<Bytes> + Send + Sync;

impl OnRejection {
    pub(crate) fn new(
        respond: impl Fn(&Rejection) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self { chosen: Some(Arc::new(respond)) }
    }

    pub(crate) const fn is_default(&self) -> bool {
        self.chosen.is_none()
    }

    /// Logs the rejection and makes its response, which carries it in its extensions.
    pub(crate) fn respond(&self, rejection: Rejection, provider: &str) -> Response<Bytes> {
        let (kind, status) = (rejection.kind(), rejection.status());
        let cause = std::error::Error::source(&rejection).map(Chain).map(tracing::field::display);
        if status >= 500 {
            tracing::error!(provider, status, ?kind, cause, "webhook rejected");
        } else {
            tracing::info!(provider, status, ?kind, cause, "webhook rejected");
        }
        let mut response = match &self.chosen {
            Some(respond) => respond(&rejection),
            None => documented(&rejection),
        };
        response.extensions_mut().insert(rejection);
        response
    }
}

impl fmt::Debug for OnRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_default() { "documented" } else { "chosen" })
    }
}

fn documented(rejection: &Rejection) -> Response<Bytes> {
    let mut response = Response::new(rejection.to_json().into());
    *response.status_mut() =
        StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
