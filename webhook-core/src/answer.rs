use std::borrow::Cow;
use std::fmt;

use crate::rejection::Rejection;

/// What a request is answered with, decided here so that no two adapters differ. An adapter converts it.
///
/// Providers answer handshakes with it: see [`Scheme::handshake`](crate::Scheme::handshake).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// Other headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Cow<'static, str>,
}

impl Answer {
    /// How long a text may be that is echoed.
    const MAX_ECHO: usize = 1024;

    /// An empty 200.
    pub const fn ok() -> Self {
        Self::new(200, "text/plain", Cow::Borrowed(""))
    }

    /// A 200 with a JSON body.
    pub const fn json(body: String) -> Self {
        Self::new(200, "application/json", Cow::Owned(body))
    }

    /// A 200 that repeats what a provider sent to be repeated, as `text/plain`. `None` if that is empty,
    /// longer than 1024 bytes, or anything but visible ASCII without `<`, `>`, `&` and quotation marks: no
    /// provider sends such a challenge, and a stranger could have a browser show it.
    pub fn echo(challenge: &[u8]) -> Option<Self> {
        let text = Self::repeatable(challenge)?.to_owned();
        let answer = Self::new(200, "text/plain", Cow::Owned(text));
        Some(answer.with_header("x-content-type-options", "nosniff"))
    }

    /// The challenge, if it is one that [`echo`](Self::echo) repeats.
    pub(crate) fn repeatable(challenge: &[u8]) -> Option<&str> {
        let is_plain = (1..=Self::MAX_ECHO).contains(&challenge.len())
            && challenge.iter().all(|byte| byte.is_ascii_graphic() && !b"<>&\"'".contains(byte));
        std::str::from_utf8(challenge).ok().filter(|_| is_plain)
    }

    /// What a duplicate is answered.
    pub const fn duplicate() -> Self {
        Self::new(200, "application/json", Cow::Borrowed(r#"{"duplicate":true}"#))
    }

    /// Adds a header. The name is in lower case; a value that is no header value is left out by adapters.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    const fn new(status: u16, content_type: &'static str, body: Cow<'static, str>) -> Self {
        Self { status, content_type, headers: Vec::new(), body }
    }
}

/// Shows the status and the headers' names: the answer to a handshake can hold a secret.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

impl From<&Rejection> for Answer {
    fn from(rejection: &Rejection) -> Self {
        let body = Cow::Owned(rejection.to_json());
        let answer = Self::new(rejection.status(), "application/json", body);
        match rejection.retry_delay() {
            // Rounded up: a sender that is asked to wait 0 s comes back at once.
            Some(delay) => {
                let secs = delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0));
                answer.with_header("retry-after", secs.to_string())
            }
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rejection::RejectionKind;

    #[test]
    fn a_delay_is_rounded_up_to_seconds() {
        for (millis, secs) in [(0, 0), (1, 1), (1000, 1), (1001, 2)] {
            let delay = Duration::from_millis(millis);
            let rejection = Rejection::new(RejectionKind::InFlight).retry_after(delay);
            let expected = [("retry-after", secs.to_string())];
            assert_eq!(Answer::from(&rejection).headers, expected);
        }
        let endless = Rejection::new(RejectionKind::InFlight).retry_after(Duration::MAX);
        let expected = [("retry-after", u64::MAX.to_string())];
        assert_eq!(Answer::from(&endless).headers, expected);
        let rejection = Rejection::new(RejectionKind::BodyTooLarge);
        assert!(Answer::from(&rejection).headers.is_empty());
    }

    #[test]
    fn debug_shows_no_secret() {
        let answer = Answer::json("private".to_owned()).with_header("x-hook-secret", "private");
        let shown = format!("{answer:?}");
        assert!(shown.contains("x-hook-secret") && !shown.contains("private"), "{shown}");
    }

    #[test]
    fn only_short_plain_text_is_echoed() {
        assert_eq!(Answer::echo(b"abc-123").unwrap().body, "abc-123");
        assert!(Answer::echo("x".repeat(1024).as_bytes()).is_some());
        for text in ["", "a b", "<b>", "a\"b", "a\r\nSet-Cookie:x", "\u{e9}", &"x".repeat(1025)] {
            assert!(Answer::echo(text.as_bytes()).is_none(), "{text:?}");
        }
    }
}
