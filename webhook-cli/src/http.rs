//! HTTP as a sender of webhooks speaks it.

use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use webhook_core::SecretText;

use crate::failure::Failure;

/// How much of an answer is read.
const MAX_ANSWER: usize = 64 * 1024;
/// How much of it is shown.
const SHOWN: usize = 200;

/// A client for this URL. It follows no redirects, as senders do not, and knows no proxy to this machine itself.
pub(crate) fn client(url: &Url, timeout: Duration) -> Result<Client, Failure> {
    let agent = concat!("webhook-cli/", env!("CARGO_PKG_VERSION"));
    let mut client = Client::builder().redirect(Policy::none()).user_agent(agent).timeout(timeout);
    if is_local(url) {
        client = client.no_proxy();
    }
    if url.scheme() == "http" {
        // A machine without certificates can send all the same.
        client = client.tls_certs_only([]);
    }
    client.build().map_err(|error| Failure::set_up(reason(&error)))
}

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Reads an answer up to a limit.
pub(crate) async fn start_of(response: &mut reqwest::Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_ANSWER.saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
        if chunk.len() >= room {
            break;
        }
    }
    Ok(bytes)
}

/// An answer's text without the secret that it repeats.
pub(crate) fn without(secret: &SecretText, answer: &[u8]) -> String {
    const TELLING: usize = 8;
    let (text, secret) = (String::from_utf8_lossy(answer), secret.as_str());
    if !text.contains(secret) {
        text.into_owned()
    } else if secret.len() < TELLING {
        // What surrounds a few letters tells which they are.
        "[hidden: it contains the secret]".to_owned()
    } else {
        text.replace(secret, "[secret]")
    }
}

/// The innermost cause: the outer ones name the URL, which may hold a password.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut text = "no answer".to_owned();
    while let Some(error) = source {
        text = error.to_string();
        source = error.source();
    }
    text
}

pub(crate) fn one_line(text: &str) -> String {
    let printable = text.trim().chars().flat_map(|char| {
        let escaped = (char.is_control() || is_bidi(char)).then(|| char.escape_default());
        escaped.is_none().then_some(char).into_iter().chain(escaped.into_iter().flatten())
    });
    printable.take(SHOWN).collect()
}

/// Whether a character changes the direction of what follows, so that a text reads as another.
const fn is_bidi(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_on_one_line() {
        assert_eq!(one_line(" {\"a\":\n\u{1b}[1m}\n"), "{\"a\":\\n\\u{1b}[1m}");
        assert_eq!(one_line("a\u{202e}b\u{2066}"), "a\\u{202e}b\\u{2066}");
        assert_eq!(one_line(&"x".repeat(1000)).len(), SHOWN);
    }

    #[test]
    fn an_answer_is_shown_without_the_secret() {
        let without = |secret, answer| without(&SecretText::new(secret).unwrap(), answer);
        assert_eq!(without("a-long-secret", b"no a-long-secret\xff"), "no [secret]\u{fffd}");
        assert_eq!(without("x", b"context"), "[hidden: it contains the secret]");
        assert_eq!(without("x", b"ok"), "ok");
    }

    #[test]
    fn a_proxy_is_not_asked_for_this_machine() {
        let is_local = |url: &str| is_local(&Url::parse(url).unwrap());
        for url in ["http://localhost:1/", "http://127.0.0.2", "https://[::1]:1"] {
            assert!(is_local(url), "{url}");
        }
        assert!(!is_local("http://localhost.example") && !is_local("http://10.0.0.1"));
    }
}
