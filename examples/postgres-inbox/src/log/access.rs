//! Who may see the log: whoever is on this machine, or, if `LOG_TOKEN` is set, whoever has that.

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, HeaderValue, WWW_AUTHENTICATE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::headers::authorization::{Basic, Credentials};
use subtle::ConstantTimeEq;

#[derive(Clone)]
pub enum Access {
    /// From this machine.
    Local,
    /// With this token as the password of HTTP Basic authentication, which any browser asks for.
    Token(Arc<str>),
}

impl Access {
    pub fn from_env() -> Result<Self, String> {
        match env::var("LOG_TOKEN") {
            Err(env::VarError::NotPresent) => Ok(Self::Local),
            Err(error) => Err(format!("LOG_TOKEN cannot be used: {error}")),
            Ok(token) if token.is_empty() => Err("LOG_TOKEN is empty".to_owned()),
            Ok(token) => Ok(Self::Token(token.into())),
        }
    }

    /// Without a token, the log may be listened for on loopback only.
    pub fn suits(&self, address: SocketAddr) -> Result<(), String> {
        match self {
            Self::Local if !address.ip().is_loopback() => {
                Err(format!("LOG_BIND={address} can be reached from elsewhere: set LOG_TOKEN"))
            }
            _ => Ok(()),
        }
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        match self {
            // A site of strangers whose name leads to this machine is else read by their scripts.
            Self::Local => headers.get(HOST).is_some_and(is_local),
            Self::Token(token) => headers
                .get(AUTHORIZATION)
                .filter(|value| value.as_bytes().starts_with(b"Basic "))
                .and_then(Basic::decode)
                .is_some_and(|basic| same(basic.password(), token)),
        }
    }
}

pub async fn check(State(access): State<Access>, request: Request, next: Next) -> Response {
    if access.admits(request.headers()) {
        return next.run(request).await;
    }
    match access {
        Access::Local => (StatusCode::FORBIDDEN, "Not by this name.\n").into_response(),
        Access::Token(_) => {
            let ask = [(WWW_AUTHENTICATE, r#"Basic realm="delivery log", charset="UTF-8""#)];
            (StatusCode::UNAUTHORIZED, ask, "The password is LOG_TOKEN.\n").into_response()
        }
    }
}

fn is_local(host: &HeaderValue) -> bool {
    let authority: Option<Authority> = host.to_str().ok().and_then(|host| host.parse().ok());
    authority.is_some_and(|authority| {
        let host = authority.host();
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse();
        host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip: IpAddr| ip.is_loopback())
    })
}

/// The time that this takes tells the token's length at most.
fn same(given: &str, token: &str) -> bool {
    given.as_bytes().ct_eq(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(access: &Access, name: &'static str, value: &'static str) -> bool {
        let headers = [(name.parse().unwrap(), HeaderValue::from_static(value))];
        access.admits(&headers.into_iter().collect())
    }

    #[test]
    fn without_a_token_only_by_this_machines_names() {
        for host in ["localhost", "localhost:3001", "127.0.0.1:3001", "127.8.8.8", "[::1]:3001"] {
            assert!(admits(&Access::Local, "host", host), "{host}");
        }
        for host in ["", "evil.example:3001", "localhost.evil.example", "10.0.0.1", "a@localhost@b"]
        {
            assert!(!admits(&Access::Local, "host", host), "{host}");
        }
        assert!(!Access::Local.admits(&HeaderMap::new()));
    }

    #[test]
    fn with_a_token_only_by_that() {
        let access = Access::Token("secret".into());
        // anyone:secret, :secret
        assert!(admits(&access, "authorization", "Basic YW55b25lOnNlY3JldA=="));
        assert!(admits(&access, "authorization", "Basic OnNlY3JldA=="));
        // :wrong, nonsense
        for wrong in ["Basic Ondyb25n", "Basic", "Basic ", "Bearer secret", "secret"] {
            assert!(!admits(&access, "authorization", wrong), "{wrong}");
        }
        assert!(!admits(&access, "host", "localhost"));
    }

    #[test]
    fn without_a_token_only_on_loopback() {
        let suits = |access: &Access, address: &str| access.suits(address.parse().unwrap()).is_ok();
        assert!(suits(&Access::Local, "127.0.0.1:3001") && suits(&Access::Local, "[::1]:3001"));
        assert!(!suits(&Access::Local, "0.0.0.0:3001") && !suits(&Access::Local, "10.0.0.1:3001"));
        assert!(suits(&Access::Token("secret".into()), "0.0.0.0:3001"));
    }
}
