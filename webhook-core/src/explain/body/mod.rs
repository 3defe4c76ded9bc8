//! What goes wrong with bodies.

mod compression;
mod envelope;
mod form;
mod json;
mod reprint;
mod text;

use super::candidate::Variant;
use super::input::Request;
use json::Json;

/// How many of the variants are tried together with variants of other things.
pub(super) const LIKELY: usize = 20;

/// The members of a body that may be ids: strings, also one level deeper.
pub(super) fn ids(body: &[u8]) -> Vec<(String, String)> {
    let json = Json::parse(body);
    json.map(|json| json.root.ids()).unwrap_or_default()
}

fn lazily<I: IntoIterator<Item = Variant>>(
    make: impl FnOnce() -> I,
) -> impl Iterator<Item = Variant> {
    std::iter::once(make).flat_map(|make| make())
}

/// A body that is parsed once.
pub(super) struct Body<'a> {
    request: &'a Request,
    json: Option<Json<'a>>,
}

impl<'a> Body<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        Self { request, json: Json::parse(&request.body) }
    }

    /// What may have been sent, the likeliest first. Each is made when it is its turn.
    pub(super) fn likely(&self) -> impl Iterator<Item = Variant> + '_ {
        let (body, request) = (&*self.request.body, self.request);
        text::newlines(body)
            .into_iter()
            .chain(self.json.iter().flat_map(reprint::layouts))
            .chain(text::line_ends(body))
            .chain(self.json.iter().flat_map(reprint::strings))
            .chain(envelope::variants(body, self.json.as_ref()))
            .chain(lazily(move || form::variants(request, self.json.as_ref())))
            .chain(lazily(move || compression::variants(body)))
            .chain(lazily(move || text::encodings(body)))
    }

    /// Other ways to print the body as JSON.
    pub(super) fn styles(&self) -> impl Iterator<Item = Variant> + '_ {
        self.json.iter().flat_map(reprint::styles)
    }

    /// Those of which there are many.
    pub(super) fn rare(&self) -> impl Iterator<Item = Variant> + '_ {
        let reprints = self.json.iter().flat_map(reprint::orders);
        reprints.chain(text::replaced_bytes(&self.request.body))
    }

    /// What is plain from the request, without a variant that verifies.
    pub(super) fn plain(&self) -> Vec<(&'static str, String)> {
        let (body, request) = (&self.request.body, self.request);
        let length =
            request.text("content-length").and_then(|len| len.trim().parse::<usize>().ok());
        let mut found = Vec::new();
        if body.is_empty() && length != Some(0) && request.method != "GET" {
            found.push((
                "body-empty",
                "the body is empty, and the signature is not that of an empty body".to_owned(),
            ));
        } else if let Some(length) = length.filter(|length| *length > body.len()) {
            let evidence =
                format!("`Content-Length` is {length}, but the body has {} bytes", body.len());
            found.push(("body-truncated", evidence));
        } else if text::is_cut_json(body) {
            found.push((
                "body-truncated",
                format!("the JSON ends in the middle, after {} bytes", body.len()),
            ));
        }
        found.extend(compression::plain(request));
        found.extend(text::plain(body));
        found
    }
}
