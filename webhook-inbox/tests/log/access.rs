use axum::Router;
use axum::http::StatusCode;
use webhook_inbox::log::Log;
use webhook_inbox::store::{Outcome, State};

use crate::given::{Given, send};

#[tokio::test]
async fn without_a_password_strangers_names_are_refused() {
    let given = Given::new().await;
    for (host, status) in [
        ("localhost:3001", StatusCode::OK),
        ("127.0.0.1", StatusCode::OK),
        ("evil.example:3001", StatusCode::FORBIDDEN),
    ] {
        let answer = send(given.app(), "GET", "/", &[("host", host)]).await;
        assert_eq!(answer.status, status, "{host}");
    }
    let refused = send(given.app(), "GET", "/", &[("host", "evil.example")]).await;
    assert!(refused.text().contains("<h1>Only from this machine</h1>"));
    let log = Log::new(&given.inbox).local_only();
    assert!(log.check_address("127.0.0.1:3001".parse().unwrap()).is_ok());
    let error = log.check_address("0.0.0.0:3001".parse().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the log has no password, and other machines can reach 0.0.0.0:3001: set one"
    );
}

#[tokio::test]
async fn with_a_password_every_page_asks_for_it() {
    let mut given = Given::new().await;
    given.add_many(1).await;
    let log = || Log::new(&given.inbox).password("open sesame").unwrap();
    assert!(!format!("{:?}", log()).contains("sesame"));
    assert!(log().check_address("0.0.0.0:3001".parse().unwrap()).is_ok());
    let app = || log().into_router();
    // :wrong and :open sesame
    let (wrong, right) = ("Basic Ondyb25n", "Basic Om9wZW4gc2VzYW1l");
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/counts"),
        ("GET", "/delete"),
        ("GET", "/deliveries/1"),
        ("GET", "/deliveries/1/body"),
        ("POST", "/deliveries/1/delete"),
        ("POST", "/delete"),
    ] {
        let answer = send(app(), method, path, &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        let asks = "Basic realm=\"delivery log\", charset=\"UTF-8\"";
        assert_eq!(answer.headers["www-authenticate"], asks);
        assert!(answer.text().contains("<h1>Password needed</h1>"));
        let answer = send(app(), method, path, &[("authorization", wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(given.state(1).await, Some(State::Waiting));
    let answer =
        send(app(), "GET", "/", &[("authorization", right), ("host", "log.example")]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_that_is_missing_is_an_error() {
    let given = Given::new().await;
    assert!(Log::new(&given.inbox).password("").is_err());
    assert!(Log::new(&given.inbox).password_from_env("WEBHOOK_INBOX_UNSET").is_err());
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let mut given = Given::new().await;
    given.add_many(1).await;
    given.claim().await;
    given.settle(1, Outcome::Done).await;
    for path in ["/deliveries/1/replay", "/deliveries/1/delete", "/replay", "/delete"] {
        for header in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "http://evil.example"),
            ("origin", "null"),
        ] {
            let answer = send(given.app(), "POST", path, &[header]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {header:?}");
            assert!(answer.text().contains("<h1>Request of another site</h1>"));
        }
    }
    assert_eq!(given.state(1).await, Some(State::Done));
    let own = [("sec-fetch-site", "same-origin")];
    let answer = send(given.app(), "POST", "/deliveries/1/replay", &own).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_scripts_out() {
    let mut given = Given::new().await;
    given.add_many(1).await;
    let nested = || Router::new().nest("/log", given.app());
    for path in [
        "?state=done",
        "?before=x",
        "/counts",
        "/deliveries/1",
        "/deliveries/1/body",
        "/style.css",
        "/nothing",
    ] {
        let alone = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
        let alone = given.get(&alone).await;
        for answer in [alone, send(nested(), "GET", &format!("/log{path}"), &[]).await] {
            assert_eq!(
                answer.headers["content-security-policy"],
                "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                "{path}"
            );
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["referrer-policy"], "same-origin");
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
    }
}
