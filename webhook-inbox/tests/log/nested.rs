use axum::Router;
use axum::http::StatusCode;

use webhook_inbox::store::Purpose;

use crate::given::{Given, send};

/// Every address in the page, resolved as browsers do.
fn addresses(page: &str, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in ["href=\"", "action=\""] {
        for part in page.split(attribute).skip(1) {
            let address = part.split('"').next().unwrap().replace("&#38;", "&");
            if address.starts_with('#') {
                continue;
            }
            let at: axum::http::Uri = at.parse().unwrap();
            let mut path: Vec<&str> = at.path().split('/').collect();
            path.pop();
            let (relative, query) = address.split_once('?').unwrap_or((&address, ""));
            for segment in relative.split('/') {
                match segment {
                    "." | "" => {}
                    ".." => {
                        assert!(path.pop().is_some_and(|popped| !popped.is_empty()), "{address}");
                    }
                    segment => path.push(segment),
                }
            }
            let mut resolved = path.join("/");
            if relative.ends_with('/') || relative.is_empty() {
                resolved.push('/');
            }
            found.push(if query.is_empty() { resolved } else { format!("{resolved}?{query}") });
        }
    }
    found
}

#[tokio::test]
async fn all_links_lead_somewhere_under_any_prefix() {
    let mut given = Given::new().await;
    given.add_many(60).await;
    let on_its_own = given.app();
    let nested = Router::new().nest("/ops/delivery%20log", given.app());
    let merged =
        Router::new().route("/livez", axum::routing::get(async || "ok")).merge(given.app());
    let service = Router::new().nest_service("/log", given.app());
    let at_slash = send(service.clone(), "GET", "/log/", &[]).await;
    assert_eq!(at_slash.link("60"), "./deliveries/60");
    for (app, prefix) in
        [(on_its_own, ""), (nested, "/ops/delivery%20log"), (merged, ""), (service, "/log")]
    {
        // Nested, the list is at the prefix itself.
        let list = if prefix.is_empty() { "/" } else { "" };
        for page in [
            list,
            &format!("{list}?provider=svara&before=20"),
            "/deliveries/1?state=done",
            "/deliveries/1/delete",
            "/delete?provider=svara",
            "/nothing",
            "/no/thing",
        ] {
            let at = format!("{prefix}{page}");
            let answer = send(app.clone(), "GET", &at, &[]).await;
            let addresses = addresses(answer.text(), &at);
            assert!(addresses.len() >= 3, "{at}: {addresses:?}");
            for address in addresses {
                let answer = send(app.clone(), "GET", &address, &[]).await;
                assert_eq!(answer.status, StatusCode::OK, "{at} -> {address}");
            }
        }
    }
}

#[tokio::test]
async fn redirects_stay_under_the_prefix() {
    let mut given = Given::new().await;
    let mut kept = given.delivery("svara", "-", "", b"");
    kept.purpose = Purpose::Keep;
    given.accept(kept).await;
    let nested = Router::new().nest("/log", given.app());
    let answer = send(nested, "POST", "/log/deliveries/1/replay", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    // From /log/deliveries/1/replay this is /log/deliveries/1.
    assert_eq!(answer.headers["location"], "../../deliveries/1");
}

#[tokio::test]
async fn an_app_with_a_fallback_of_its_own_resets_the_logs() {
    let given = Given::new().await;
    let app = Router::new()
        .fallback(async || (StatusCode::NOT_FOUND, "mine"))
        .merge(given.app().reset_fallback());
    let answer = send(app.clone(), "GET", "/nothing", &[]).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::NOT_FOUND, "mine"));
    assert_eq!(send(app, "GET", "/", &[]).await.status, StatusCode::OK);
}
