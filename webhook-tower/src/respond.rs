use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use webhook_core::Rejection;
use webhook_core::adapter::Answer;

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

    /// The response to a rejection, which carries it in its extensions.
    pub(crate) fn respond(&self, rejection: Rejection) -> Response<Bytes> {
        let answer = Answer::from(&rejection);
        let mut response = match &self.chosen {
            Some(chosen) => with_headers(chosen(&rejection), answer.headers),
            None => respond(answer),
        };
        response.extensions_mut().insert(rejection);
        response
    }
}

impl fmt::Debug for OnRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.chosen.is_some() { "chosen" } else { "documented" })
    }
}

/// An answer as a response.
pub(crate) fn respond(answer: Answer) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(answer.body.into_owned()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    with_headers(response, answer.headers)
}

/// Adds the headers that are not there.
fn with_headers(
    mut response: Response<Bytes>,
    headers: Vec<(&'static str, String)>,
) -> Response<Bytes> {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().entry(name).or_insert(value);
        }
    }
    response
}
