//! What goes wrong with the public URL, for providers that sign it.

use super::candidate::{Change, Variant, target_of};
use super::input::Request;

/// How many other values of each part are tried.
const MAX_EACH: usize = 12;

/// How many variants are tried together with variants of other things.
pub(super) const LIKELY: usize = 32;

/// Headers in which proxies and routers keep what they changed.
const HOSTS: [&str; 5] =
    ["host", "x-forwarded-host", "x-original-host", "x-forwarded-server", ":authority"];
const TARGETS: [&str; 7] = [
    "x-original-uri",
    "x-original-url",
    "x-forwarded-uri",
    "x-envoy-original-path",
    "x-rewrite-url",
    "x-request-uri",
    "x-forwarded-path",
];
const PREFIXES: [&str; 3] = ["x-forwarded-prefix", "x-script-name", "x-ingress-path"];
/// Where routers are nested most often.
const USUAL_PREFIXES: [&str; 10] = [
    "/api",
    "/webhooks",
    "/webhook",
    "/hooks",
    "/api/webhooks",
    "/api/webhook",
    "/api/v1",
    "/v1",
    "/hook",
    "/callbacks",
];

/// The parts of an absolute URL.
#[derive(Clone, PartialEq)]
struct Url {
    scheme: String,
    host: String,
    port: String,
    path: String,
    /// With the question mark.
    query: String,
}

/// The URLs that may have been signed: one part changed first, then several. `url` is the one that was given, with what
/// the request adds to it.
pub(super) fn variants(url: Option<&str>, request: &Request) -> Vec<Variant> {
    let given = url.and_then(Url::parse);
    let captured = request.url.as_deref().and_then(Url::parse);
    let of_headers = || {
        let host = HOSTS.iter().find_map(|name| request.text(name))?;
        Url::parse(&format!("https://{host}{}", request.target))
    };
    let Some(base) = given.clone().or(captured.clone()).or_else(of_headers) else {
        return Vec::new();
    };
    let mut found: Vec<(&'static str, Url)> = Vec::new();
    if given.is_none() {
        found.push(("url-missing", base.clone()));
    }
    let schemes = schemes(&base);
    let parts: [Vec<(&'static str, Url)>; 5] = [
        schemes,
        base.ports(),
        base.paths(request, captured.as_ref()),
        base.queries(request, captured.as_ref()),
        base.hosts(request, captured.as_ref()),
    ];
    for part in &parts {
        found.extend(part.iter().take(MAX_EACH).cloned());
    }
    if let Some(captured) = captured {
        found.push(("url-other", captured));
    }
    for (at, first) in parts.iter().enumerate() {
        for second in parts.iter().skip(at + 1) {
            for (_, one) in first.iter().take(MAX_EACH) {
                for (_, other) in second.iter().take(MAX_EACH) {
                    found.push(("url-other", base.merged(one, other)));
                }
            }
        }
    }
    let mut known = vec![given];
    found.retain(|(_, url)| {
        let is_new = !known.iter().flatten().any(|each| each == url);
        known.push(Some(url.clone()));
        is_new
    });
    let shown = |(id, url): (&'static str, Url)| {
        let text = url.text();
        let id = if known.first().is_some_and(Option::is_none) { "url-missing" } else { id };
        Variant::new(id, base.difference(&url), Change::Url(text))
    };
    found.into_iter().map(shown).collect()
}

fn schemes(base: &Url) -> Vec<(&'static str, Url)> {
    let scheme = if base.scheme == "https" { "http" } else { "https" };
    vec![("url-scheme", Url { scheme: scheme.to_owned(), ..base.clone() })]
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let target = target_of(text);
        let authority = rest.get(..rest.find(['/', '?']).unwrap_or(rest.len()))?;
        let port = authority
            .rfind(':')
            .filter(|at| !authority.get(*at..).is_some_and(|port| port.contains(']')));
        let (host, port) = authority.split_at_checked(port.unwrap_or(authority.len()))?;
        let has_path = rest.len() > authority.len();
        let target = if has_path { target } else { "" };
        let (path, query) = target.split_at_checked(target.find('?').unwrap_or(target.len()))?;
        Some(Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port: port.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    fn text(&self) -> String {
        format!("{}://{}{}{}{}", self.scheme, self.host, self.port, self.path, self.query)
    }

    fn ports(&self) -> Vec<(&'static str, Self)> {
        let default = if self.scheme == "https" { ":443" } else { ":80" };
        ["", default, ":8080", ":3000", ":8000", ":8443", ":80", ":443", ":5000", ":4000"]
            .into_iter()
            .filter(|port| *port != self.port)
            .map(|port| ("url-port", Self { port: port.to_owned(), ..self.clone() }))
            .collect()
    }

    fn paths(&self, request: &Request, captured: Option<&Self>) -> Vec<(&'static str, Self)> {
        let with = |id, path: String| (id, Self { path, ..self.clone() });
        let path = &*self.path;
        let mut found = vec![match path.strip_suffix('/') {
            Some(bare) => with("url-trailing-slash", bare.to_owned()),
            None => with("url-trailing-slash", format!("{path}/")),
        }];
        let (own, _) = split_query(&request.target);
        let whole = captured.map(|url| url.path.clone());
        let kept = TARGETS.iter().filter_map(|name| request.text(name));
        let kept = kept.map(|target| split_query(target_of_any(target)).0.to_owned());
        let cut = PREFIXES.iter().filter_map(|name| request.text(name)).chain(USUAL_PREFIXES);
        let cut = cut.map(|prefix| format!("{}{path}", prefix.trim_end_matches('/')));
        // A prefix that was stated, but that a proxy cuts before it sends.
        let stripped = path.get(1..).and_then(|rest| Some(rest.get(rest.find('/')?..)?.to_owned()));
        for path in whole.into_iter().chain(kept).chain([own.to_owned()]).chain(cut).chain(stripped)
        {
            found.push(with("url-prefix", path));
        }
        found.retain(|(_, url)| url.path != self.path);
        found
    }

    fn queries(&self, request: &Request, captured: Option<&Self>) -> Vec<(&'static str, Self)> {
        let own = split_query(&request.target).1;
        let decoded: Vec<u8> = percent_encoding::percent_decode_str(&self.query).collect();
        let all = [
            String::from_utf8(decoded.clone()).unwrap_or_default(),
            self.query.replace('+', "%20"),
            self.query.replace("%20", "+"),
            recased(&self.query, str::to_lowercase),
            recased(&self.query, str::to_uppercase),
            encoded(&String::from_utf8(decoded).unwrap_or_default()),
            encoded(&self.query),
            String::new(),
            own.to_owned(),
            captured.map(|url| url.query.clone()).unwrap_or_default(),
            sorted(&self.query),
        ];
        let usable = |query: &String| {
            *query != self.query
                && query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        };
        let others = all.into_iter().filter(usable);
        others.map(|query| ("url-query", Self { query, ..self.clone() })).collect()
    }

    fn hosts(&self, request: &Request, captured: Option<&Self>) -> Vec<(&'static str, Self)> {
        let named = HOSTS.iter().filter_map(|name| request.text(name));
        let forwarded = request.text("forwarded").and_then(|value| {
            let (_, host) = value.split_once("host=")?;
            host.split([';', ',']).next().map(|host| host.trim_matches('"'))
        });
        let other = match self.host.strip_prefix("www.") {
            Some(bare) => bare.to_owned(),
            None => format!("www.{}", self.host),
        };
        let named = named.chain(forwarded).map(|host| host.trim().to_owned());
        let captured = captured.map(|url| format!("{}{}", url.host, url.port));
        let fixed =
            [other, self.host.to_lowercase(), "localhost".to_owned(), "127.0.0.1".to_owned()];
        let parsed = named.chain(captured).chain(fixed).filter_map(|host| {
            let url = Self::parse(&format!("{}://{host}", self.scheme))?;
            let port = if url.port.is_empty() { self.port.clone() } else { url.port };
            Some(Self { host: url.host, port, ..self.clone() })
        });
        let others = parsed.filter(|url| url.host != self.host);
        others.map(|url| ("url-host", url)).collect()
    }

    /// The changes of both.
    fn merged(&self, one: &Self, other: &Self) -> Self {
        let pick = |part: fn(&Self) -> &String| {
            let changed = if part(one) == part(self) { other } else { one };
            part(changed).clone()
        };
        Self {
            scheme: pick(|url| &url.scheme),
            host: pick(|url| &url.host),
            port: pick(|url| &url.port),
            path: pick(|url| &url.path),
            query: pick(|url| &url.query),
        }
    }

    /// How another one shows. A query may hold a token, and a host a password: neither is repeated.
    fn difference(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        if other.scheme != self.scheme {
            parts.push(format!("`{}` instead of `{}`", other.scheme, self.scheme));
        }
        if other.host != self.host {
            let host = other.host.rsplit('@').next().unwrap_or_default();
            parts.push(format!("the host `{host}`"));
        }
        if other.port != self.port {
            parts.push(match &*other.port {
                "" => "no port".to_owned(),
                port => format!("the port `{port}`"),
            });
        }
        if other.path != self.path {
            parts.push(format!("the path `{}`", other.path));
        }
        if other.query != self.query {
            parts.push(match &*other.query {
                "" => "no query".to_owned(),
                _ => "another encoding or order of the query".to_owned(),
            });
        }
        if parts.is_empty() {
            parts.push("the URL of the request".to_owned());
        }
        format!("with {} in the public URL", parts.join(" and "))
    }
}

fn split_query(target: &str) -> (&str, &str) {
    target.split_at_checked(target.find('?').unwrap_or(target.len())).unwrap_or_default()
}

/// The target of what may be an absolute URL.
fn target_of_any(text: &str) -> &str {
    if text.contains("://") { target_of(text) } else { text }
}

/// The query with the digits of its escapes in another case.
fn recased(query: &str, case: fn(&str) -> String) -> String {
    let mut parts = query.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| match part.split_at_checked(2) {
        Some((digits, rest)) => format!("{all}%{}{rest}", case(digits)),
        None => format!("{all}%{part}"),
    })
}

/// The query with everything escaped that is neither a delimiter nor unreserved.
fn encoded(query: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

    const SET: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'?')
        .remove(b'&')
        .remove(b'=')
        .remove(b'%')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(query, SET).to_string()
}

fn sorted(query: &str) -> String {
    let Some(fields) = query.strip_prefix('?') else { return query.to_owned() };
    let mut fields: Vec<_> = fields.split('&').collect();
    fields.sort_unstable();
    format!("?{}", fields.join("&"))
}
