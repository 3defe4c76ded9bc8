//! What a request asks for.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri, Path, Query};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri};

use super::params::Params;
use super::problem::Problem;
use crate::store::{Filter, Number};

/// How a request is to be answered.
#[derive(Debug, Clone)]
pub(super) struct View {
    /// What links to other pages begin with: `../`.
    pub(super) base: String,
    /// What leads to the list.
    pub(super) home: String,
    pub(super) is_json: bool,
}

/// A request with its filters.
pub(super) struct Ask {
    pub(super) view: View,
    pub(super) params: Params,
    pub(super) filter: Filter,
}

/// A request about one delivery.
pub(super) struct AskOne {
    pub(super) ask: Ask,
    pub(super) number: Number,
}

impl View {
    fn new(uri: &Uri, original: &Uri, headers: &HeaderMap) -> Self {
        let (base, home) = links(uri.path(), original.path());
        Self { base, home, is_json: accepts_json(headers) }
    }
}

impl<S: Sync> FromRequestParts<S> for View {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let original = parts.extensions.get().map_or(&parts.uri, |OriginalUri(uri)| uri);
        Ok(Self::new(&parts.uri, original, &parts.headers))
    }
}

impl<S: Sync> FromRequestParts<S> for Ask {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(view) = View::from_request_parts(parts, state).await;
        let Query(params) = Query::<Params>::try_from_uri(&parts.uri)
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        let (params, filter) = params.read().map_err(Problem::bad_request)?;
        Ok(Self { view, params, filter })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AskOne {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ask = Ask::from_request_parts(parts, state).await?;
        let number = Path::<Number>::from_request_parts(parts, state).await;
        let Path(number) = number.map_err(|_| Problem::NO_DELIVERY)?;
        Ok(Self { ask, number })
    }
}

/// What leads to other pages, and to the list. Relative, so that the pages work under any prefix, also one that a proxy
/// removes. Nested at `/log`, axum has the list at `/log` and nothing at `/log/`.
fn links(path: &str, original: &str) -> (String, String) {
    let prefix = original.strip_suffix(path).unwrap_or(original);
    let name = prefix.rsplit('/').next().unwrap_or_default();
    if path == "/" && !original.ends_with('/') {
        return (format!("./{name}/"), format!("./{name}"));
    }
    let depth = path.matches('/').count().saturating_sub(1);
    let base = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
    let home =
        if name.is_empty() { base.clone() } else { format!("{}{name}", "../".repeat(depth + 1)) };
    (base, home)
}

/// Browsers accept HTML, and everything else only besides it.
fn accepts_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let media = accepted
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    let mut is_json = false;
    for media in media {
        if media.eq_ignore_ascii_case("text/html") {
            return false;
        }
        is_json |= media.eq_ignore_ascii_case("application/json");
    }
    is_json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_list_and_to_other_pages() {
        for (path, original, base, home) in [
            ("/", "/", "./", "./"),
            ("/", "/log", "./log/", "./log"),
            ("/", "/log/", "./", "../log"),
            ("/counts", "/log/counts", "./", "../log"),
            ("/deliveries/1", "/deliveries/1", "../", "../"),
            ("/deliveries/1/replay", "/a/b/deliveries/1/replay", "../../", "../../../b"),
        ] {
            assert_eq!(links(path, original), (base.to_owned(), home.to_owned()), "{original}");
        }
    }

    #[test]
    fn json_is_for_those_who_do_not_accept_html() {
        for (accept, expected) in [
            ("application/json", true),
            ("text/plain, Application/JSON;q=0.9", true),
            ("text/html,application/json", false),
            ("*/*", false),
            ("", false),
        ] {
            let headers = [(ACCEPT, accept.parse().unwrap())].into_iter().collect();
            assert_eq!(accepts_json(&headers), expected, "{accept}");
        }
    }
}
