//! Which extractors get the body: behind the middleware all of them, without it one.
#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

use std::error::Error as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev::{HttpServiceFactory, Payload, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::test;
use actix_web::web::{self, post, resource};
use actix_web::{App, FromRequest as _, HttpRequest, Route};
use contract::logs;
use futures_core::Stream;
use webhook_actix::custom::SetupError;
use webhook_actix::providers::svara;
use webhook_actix::{Bytes, Rejection, Verified, VerifiedRejection, VerifyWebhook, testing};

const BODY: &str = r#"{"event":"voice_note.sent"}"#;
const BODY_TAKEN: &str = "ERROR webhook rejected: not_configured: the handler has two extractors that read \
                          the body: read it with `Verified` only, or use `VerifyWebhook` as a middleware";

fn webhook() -> VerifyWebhook {
    VerifyWebhook::new(svara::Secret::new("secret").unwrap())
}

/// How a request tells that it has a body, and when that is there.
#[derive(Debug, Clone, Copy)]
enum Comes {
    Declared,
    Chunked,
    Late,
    OverHttp2,
}

const ALL: [Comes; 4] = [Comes::Declared, Comes::Chunked, Comes::Late, Comes::OverHttp2];

/// A body that is not there at first.
struct Late {
    has_waited: bool,
    body: Option<Bytes>,
}

impl Stream for Late {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::replace(&mut self.has_waited, true) {
            return Poll::Ready(self.body.take().map(Ok));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// What a genuine request to this resource is answered: the status, the body, and why it was rejected.
async fn ask(
    it: impl HttpServiceFactory + 'static,
    path: &str,
    comes: Comes,
) -> (u16, String, Option<SetupError>) {
    let app = test::init_service(App::new().service(it)).await;
    let secret = svara::Secret::new("secret").unwrap();
    let mut request = testing::signed(&secret, path, BODY).to_request();
    match comes {
        Comes::Declared => {}
        Comes::Late => {
            let late = Late { has_waited: false, body: Some(BODY.into()) };
            *request.payload() = Payload::Stream { payload: Box::pin(late) };
        }
        Comes::Chunked => {
            request.headers_mut().remove(CONTENT_LENGTH);
            let chunked = "chunked".parse().unwrap();
            request.headers_mut().insert("transfer-encoding".parse().unwrap(), chunked);
        }
        Comes::OverHttp2 => {
            request.headers_mut().remove(CONTENT_LENGTH);
            request.head_mut().version = Version::HTTP_2;
        }
    }
    let response: ServiceResponse = test::call_service(&app, request).await;
    let status = response.status().as_u16();
    let cause = response.response().extensions().get::<Rejection>().and_then(|rejection| {
        rejection.source().and_then(|cause| cause.downcast_ref::<SetupError>()).copied()
    });
    let body = test::read_body(response).await;
    (status, String::from_utf8(body.to_vec()).unwrap(), cause)
}

async fn both(Verified(_, verified): Verified<Bytes>, plain: web::Bytes) -> String {
    format!("{} {}", verified.len(), plain.len())
}

async fn both_plain_first(plain: web::Bytes, verified: Verified<Bytes>) -> String {
    both(verified, plain).await
}

async fn json_too(
    Verified(_, text): Verified<String>,
    json: web::Json<serde_json::Value>,
) -> String {
    format!("{} {json}", text.len())
}

async fn twice(Verified(_, one): Verified<Bytes>, Verified(_, two): Verified<String>) -> String {
    format!("{} {}", one.len(), two.len())
}

#[actix_web::test]
async fn behind_the_middleware_every_extractor_sees_the_body() {
    for comes in ALL {
        for handler in [post().to(both), post().to(both_plain_first), post().to(twice)] {
            let it = resource("/wrapped").wrap(webhook()).route(handler);
            assert_eq!(
                ask(it, "/wrapped", comes).await,
                (200, "27 27".to_owned(), None),
                "{comes:?}"
            );
        }
        let it = resource("/wrapped").wrap(webhook()).route(post().to(json_too));
        assert_eq!(ask(it, "/wrapped", comes).await.1, format!("27 {BODY}"), "{comes:?}");
    }
}

#[actix_web::test]
async fn without_the_middleware_two_extractors_of_the_body_are_a_mistake_of_the_set_up() {
    type Handler = (&'static str, fn() -> Route);
    let handlers: [Handler; 4] = [
        ("/both", || post().to(both)),
        ("/plain-first", || post().to(both_plain_first)),
        ("/json", || post().to(json_too)),
        ("/twice", || post().to(twice)),
    ];
    logs::keep();
    for (path, handler) in handlers {
        for (index, comes) in ALL.into_iter().enumerate() {
            let it = resource(path).app_data(webhook()).route(handler());
            let (status, _, cause) = ask(it, path, comes).await;
            assert_eq!((status, cause), (500, Some(SetupError::BodyTaken)), "{path} {comes:?}");
            assert_eq!(logs::observed(path), vec![BODY_TAKEN; index + 1], "{path} {comes:?}");
        }
    }
}

/// Nothing waits for a body that never comes.
#[actix_web::test]
async fn a_handler_that_catches_the_mistake_answers() {
    async fn catches(
        verified: Result<Verified<Bytes>, VerifiedRejection>,
        again: Result<Verified<Bytes>, VerifiedRejection>,
        plain: Result<web::Bytes, actix_web::Error>,
    ) -> String {
        let label = |it: Result<_, VerifiedRejection>| it.unwrap_err().rejection().unwrap().label();
        format!("{} {} {}", label(verified), label(again), plain.unwrap_err())
    }
    logs::keep();
    for (index, comes) in ALL.into_iter().enumerate() {
        let it = resource("/catches").app_data(webhook()).route(post().to(catches));
        let (status, body, _) = ask(it, "/catches", comes).await;
        let expected = format!("not_configured not_configured {}", SetupError::BodyTaken);
        assert_eq!((status, body), (200, expected), "{comes:?}");
        assert_eq!(logs::observed("/catches"), vec![BODY_TAKEN; index + 1], "{comes:?}");
    }
}

/// As a middleware does that extracts by hand: the first was accepted before the mistake showed.
#[actix_web::test]
async fn a_body_that_was_read_before_is_a_mistake_too() {
    async fn again(_: Verified<Bytes>, request: HttpRequest) -> Result<String, VerifiedRejection> {
        Verified::<Bytes>::extract(&request).await.map(|_| String::new())
    }
    logs::keep();
    let it = resource("/again").app_data(webhook()).route(post().to(again));
    let (status, _, cause) = ask(it, "/again", Comes::Declared).await;
    assert_eq!((status, cause), (500, Some(SetupError::BodyTaken)));
    assert_eq!(logs::observed("/again"), ["DEBUG webhook accepted", BODY_TAKEN]);
}

#[actix_web::test]
async fn extractors_that_leave_the_body_alone_are_no_mistake() {
    async fn more(
        Verified(_, body): Verified<String>,
        query: web::Query<std::collections::HashMap<String, String>>,
        _: HttpRequest,
        _: web::Payload,
    ) -> String {
        format!("{} {query:?}", body.len())
    }
    for comes in ALL {
        let it = resource("/more").app_data(webhook()).route(post().to(more));
        assert_eq!(ask(it, "/more", comes).await.0, 200, "{comes:?}");
    }
}
