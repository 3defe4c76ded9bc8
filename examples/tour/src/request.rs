use crate::providers::Headers;

/// What is sent: a genuine request, and then what a forger, a bug or a proxy makes of it.
#[derive(Clone)]
pub struct Request {
    pub headers: Headers,
    pub body: Vec<u8>,
    /// Sent in chunks, without a `Content-Length`.
    pub chunked: bool,
}

impl Request {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(each, _)| !each.eq_ignore_ascii_case(name));
        self
    }

    /// Changes the value of a header.
    pub fn altering(mut self, name: &str, alter: impl Fn(&mut String)) -> Self {
        let named = |(each, _): &&mut (&str, String)| each.eq_ignore_ascii_case(name);
        self.headers.iter_mut().filter(named).for_each(|(_, value)| alter(value));
        self
    }

    /// Sends a header twice, with the same value.
    pub fn repeating(mut self, name: &str) -> Self {
        let named = |(each, _): &&(&str, String)| each.eq_ignore_ascii_case(name);
        let again: Headers = self.headers.iter().filter(named).cloned().collect();
        self.headers.extend(again);
        self
    }

    /// Changes a byte in the middle of the body.
    pub fn tampered(mut self) -> Self {
        let middle = self.body.len() / 2;
        self.body.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
        self
    }

    pub const fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }
}
