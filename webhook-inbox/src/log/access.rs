//! Who may see the log.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST, HeaderValue, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::headers::authorization::{Basic, Credentials};
use subtle::ConstantTimeEq;
use webhook_core::SecretText;

use super::problem::Problem;

#[derive(Debug, Clone)]
pub(super) enum Access {
    /// Nobody: nothing was chosen.
    Nobody,
    /// Requests to this machine's own names that no proxy has passed on.
    Local,
    /// Requests with this password in HTTP Basic authentication, which every browser asks for.
    Password(Arc<SecretText>),
}

/// What proxies add to the requests that they pass on.
const PROXIES: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// A log without a password would listen on an address that other machines can reach.
pub struct LogError(SocketAddr);

/// A sentence, since a `main` that returns it prints this.
impl fmt::Debug for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log has no password, and other machines can reach {}: set one", self.0)
    }
}

impl std::error::Error for LogError {}

impl Access {
    pub(super) fn password(password: SecretText) -> Self {
        Self::Password(Arc::new(password))
    }

    pub(super) fn check_address(&self, address: SocketAddr) -> Result<(), LogError> {
        match self {
            Self::Local if !address.ip().is_loopback() => Err(LogError(address)),
            Self::Nobody | Self::Local | Self::Password(_) => Ok(()),
        }
    }

    fn admits(&self, headers: &HeaderMap, authority: Option<&Authority>) -> bool {
        match self {
            Self::Nobody => false,
            // A name of a stranger's that leads to this machine would let the stranger's scripts read the log. A proxy on this
            // machine passes on requests of others, mostly under this machine's name.
            Self::Local => {
                // HTTP/2 has the name in the URI.
                let names = headers
                    .get_all(HOST)
                    .iter()
                    .map(named)
                    .chain(authority.map(|it| Some(it.clone())));
                let mut names = names.peekable();
                names.peek().is_some()
                    && names.all(|name| name.as_ref().is_some_and(is_local))
                    && PROXIES.iter().all(|header| !headers.contains_key(*header))
            }
            Self::Password(password) => headers
                .get(AUTHORIZATION)
                .and_then(basic)
                .is_some_and(|basic| same(basic.password(), password.as_str())),
        }
    }
}

pub(super) async fn check(State(access): State<Access>, request: Request, next: Next) -> Response {
    if access.admits(request.headers(), request.uri().authority()) {
        return next.run(request).await;
    }
    match access {
        Access::Nobody => Problem::NO_ACCESS.into_response(),
        Access::Local => Problem::NOT_LOCAL.into_response(),
        Access::Password(_) => {
            let ask = [(WWW_AUTHENTICATE, r#"Basic realm="delivery log", charset="UTF-8""#)];
            (ask, Problem::NO_PASSWORD).into_response()
        }
    }
}

/// The scheme's name may be in any case.
fn basic(value: &HeaderValue) -> Option<Basic> {
    let (scheme, credentials) = value.to_str().ok()?.split_once(' ')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    let value = is_basic.then(|| HeaderValue::from_str(&format!("Basic {credentials}")))?.ok()?;
    Basic::decode(&value)
}

fn named(host: &HeaderValue) -> Option<Authority> {
    host.to_str().ok()?.parse().ok()
}

fn is_local(authority: &Authority) -> bool {
    let host = authority.host();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The time that this takes tells the password's length at most.
fn same(given: &str, password: &str) -> bool {
    given.as_bytes().ct_eq(password.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(access: &Access, name: &'static str, value: &'static str) -> bool {
        let headers = [(name.parse().unwrap(), HeaderValue::from_static(value))];
        access.admits(&headers.into_iter().collect(), None)
    }

    #[test]
    fn the_name_may_be_in_the_uri() {
        let admits = |authority: &str, host: Option<&'static str>| {
            let host = host.map(|host| (HOST, HeaderValue::from_static(host)));
            let authority = authority.parse().unwrap();
            Access::Local.admits(&host.into_iter().collect(), Some(&authority))
        };
        assert!(admits("localhost:3001", None) && admits("[::1]:3001", Some("localhost:3001")));
        assert!(!admits("evil.example", None) && !admits("evil.example", Some("localhost")));
        assert!(!admits("localhost", Some("evil.example")));
    }

    #[test]
    fn without_a_password_only_this_machines_names_are_admitted() {
        for host in ["localhost", "localhost:3001", "127.0.0.1:3001", "127.8.8.8", "[::1]:3001"] {
            assert!(admits(&Access::Local, "host", host), "{host}");
        }
        for host in ["", "evil.example:3001", "localhost.evil.example", "10.0.0.1", "a@localhost@b"]
        {
            assert!(!admits(&Access::Local, "host", host), "{host}");
        }
        assert!(!Access::Local.admits(&HeaderMap::new(), None));
        for header in PROXIES {
            let headers = [("host", "localhost"), (header, "any")];
            let headers = headers
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
            assert!(!Access::Local.admits(&headers.into_iter().collect(), None), "{header}");
        }
    }

    #[test]
    fn nobody_is_admitted_unless_somebody_was_chosen() {
        assert!(!admits(&Access::Nobody, "host", "localhost"));
        assert!(!admits(&Access::Nobody, "authorization", "Basic Og=="));
    }

    #[test]
    fn with_a_password_only_that_is_admitted() {
        let access = Access::password(SecretText::new("secret").unwrap());
        // anyone:secret, :secret
        for right in ["Basic YW55b25lOnNlY3JldA==", "Basic OnNlY3JldA==", "basic OnNlY3JldA=="] {
            assert!(admits(&access, "authorization", right), "{right}");
        }
        // :wrong, nonsense
        for wrong in ["Basic Ondyb25n", "Basic", "Basic ", "Bearer secret", "secret"] {
            assert!(!admits(&access, "authorization", wrong), "{wrong}");
        }
        assert!(!admits(&access, "host", "localhost"));
    }

    #[test]
    fn without_a_password_only_loopback_addresses_pass() {
        let passes =
            |access: &Access, address: &str| access.check_address(address.parse().unwrap()).is_ok();
        assert!(passes(&Access::Local, "127.0.0.1:3001") && passes(&Access::Local, "[::1]:3001"));
        assert!(
            !passes(&Access::Local, "0.0.0.0:3001") && !passes(&Access::Local, "10.0.0.1:3001")
        );
        let with_password = Access::password(SecretText::new("secret").unwrap());
        assert!(passes(&with_password, "0.0.0.0:3001"));
    }
}
