use bytes::Bytes;
use zeroize::Zeroizing;

use super::input::{Credential, Request};
use crate::headers::{Found, Headers, Repeated};
use crate::keys::SecretText;

/// What one verification is about.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) key: Key,
    /// The public URL.
    pub(super) url: Option<String>,
    pub(super) request: Request,
}

/// What it is verified with.
#[derive(Clone)]
pub(super) enum Key {
    /// A text that is read as the provider means it.
    Text(SecretText),
    /// The bytes of the key, for providers with a scheme. Senders of one's own make such keys.
    Bytes(Zeroizing<Vec<u8>>),
}

impl Key {
    /// The credential exactly as it is, if it is a text that could be a secret.
    pub(super) fn as_given(credential: &Credential) -> Option<Self> {
        Self::text(std::str::from_utf8(&credential.bytes).ok()?)
    }

    pub(super) fn text(text: &str) -> Option<Self> {
        SecretText::new(text).ok().map(Self::Text)
    }

    pub(super) fn bytes(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self::Bytes(Zeroizing::new(bytes.to_vec())))
    }
}

/// A difference from the request as it was captured, and what it would mean.
#[derive(Clone)]
pub(super) struct Variant {
    /// Several, if several things differ.
    pub(super) ids: Vec<&'static str>,
    /// How it shows, to follow "verifies".
    pub(super) evidence: String,
    pub(super) change: Change,
}

#[derive(Clone)]
pub(super) enum Change {
    Key(Key),
    Headers(Vec<(String, Vec<u8>)>),
    Body(Bytes),
    /// The absolute URL. The target of the request follows it.
    Url(String),
}

impl Variant {
    pub(super) fn new(id: &'static str, evidence: impl Into<String>, change: Change) -> Self {
        Self { ids: vec![id], evidence: evidence.into(), change }
    }

    pub(super) fn body(
        id: &'static str,
        evidence: impl Into<String>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self::new(id, evidence, Change::Body(body.into()))
    }
}

impl Variant {
    /// The same with these ids.
    pub(super) fn of(mut self, ids: &[&'static str]) -> Self {
        self.ids = ids.to_vec();
        self
    }
}

impl Candidate {
    pub(super) fn with(&self, change: &Change) -> Self {
        let mut other = self.clone();
        match change {
            Change::Key(key) => other.key = key.clone(),
            Change::Headers(headers) => other.request.headers.clone_from(headers),
            Change::Body(body) => other.request.body = body.clone(),
            Change::Url(url) => {
                target_of(url).clone_into(&mut other.request.target);
                other.url = Some(url.clone());
            }
        }
        other
    }
}

/// The path and the query of an absolute URL.
pub(super) fn target_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/")
}

impl Headers for Request {
    fn find(&self, name: &str) -> Found<'_> {
        Repeated::unless_single(self.values(name).into_iter())
    }
}

impl Request {
    /// All values of a header.
    pub(super) fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self.headers.iter().filter(|(each, _)| each.eq_ignore_ascii_case(name));
        named.map(|(_, value)| &**value).collect()
    }

    /// The first value of a header.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.values(name).first().copied()
    }

    /// The first value of a header, as text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.first(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The headers with one value for this name.
    pub(super) fn with_header(&self, name: &str, value: &[u8]) -> Vec<(String, Vec<u8>)> {
        let others = self.headers.iter().filter(|(each, _)| !each.eq_ignore_ascii_case(name));
        others.cloned().chain([(name.to_owned(), value.to_vec())]).collect()
    }
}
