//! Bodies that are forms, or were.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::json::{Json, Node};
use crate::explain::candidate::Variant;
use crate::explain::input::Request;
use crate::form::{self, Field};
use crate::headers::Head;

/// What encoders leave as it is: browsers' forms, Python, JavaScript's `encodeURIComponent`, PHP.
const KEPT: [&AsciiSet; 4] = [
    &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_'),
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~'),
    &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'!')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')'),
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_'),
];
const NAME: &str = "payload";
/// Longer bodies are not encoded as a form unless the head says that they were one.
const SMALL: usize = 64 * 1024;

/// How a form is encoded.
#[derive(Clone, Copy)]
struct Encoder {
    escaped: &'static AsciiSet,
    plus: bool,
    lower: bool,
}

fn encoders() -> impl Iterator<Item = Encoder> {
    [false, true].into_iter().flat_map(|lower| {
        KEPT.into_iter().flat_map(move |escaped| {
            [true, false].into_iter().map(move |plus| Encoder { escaped, plus, lower })
        })
    })
}

pub(super) fn variants(request: &Request, json: Option<&Json<'_>>) -> Vec<Variant> {
    let body = &*request.body;
    let head = Head::new(&request.method, &request.target, request);
    let mut found = Vec::new();
    if body.len() > SMALL && json.is_some() && !form::is_form(&head) {
        return found;
    }
    let mut push =
        |evidence: String, body: Vec<u8>| found.push(Variant::body("body-form", evidence, body));
    if let Some(json) = json {
        for encoder in encoders() {
            let value = [(NAME.into(), body.to_vec())];
            push(format!("with the body as the field `{NAME}` of a form"), encoder.print(&value));
        }
        let fields = members(&json.root).filter(|_| form::is_form(&head));
        for encoder in encoders().filter(|_| fields.is_some()) {
            let fields = fields.as_deref().unwrap_or_default();
            push(
                "with the members of the body as the fields of a form".to_owned(),
                encoder.print(fields),
            );
        }
    } else if form::is_form(&head) || looks_like_form(body) {
        let fields = form::fields(body).unwrap_or_default();
        for (_, value) in &fields {
            if matches!(value.first(), Some(b'{' | b'[')) {
                push("with a decoded field of the form as the body".to_owned(), value.clone());
            }
        }
        let mut sorted = fields.clone();
        sorted.sort();
        for (order, fields) in [("", &fields), (" and sorted", &sorted)] {
            for encoder in encoders() {
                push(
                    format!("with the form's fields encoded in another way{order}"),
                    encoder.print(fields),
                );
            }
        }
        push("with the form decoded".to_owned(), percent_encoding::percent_decode(body).collect());
    }
    found
}

impl Encoder {
    fn print(self, fields: &[Field]) -> Vec<u8> {
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{}={}", self.encode(name), self.encode(value)));
        fields.collect::<Vec<_>>().join("&").into_bytes()
    }

    fn encode(self, text: &[u8]) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        for piece in percent_encode(text, self.escaped) {
            match piece {
                "%20" if self.plus => out.push('+'),
                escape if self.lower && escape.starts_with('%') => {
                    out.push_str(&escape.to_lowercase());
                }
                piece => out.push_str(piece),
            }
        }
        out
    }
}

fn looks_like_form(body: &[u8]) -> bool {
    let is_text = |byte: &u8| byte.is_ascii_graphic() && !b"{}\"<>".contains(byte);
    body.contains(&b'=') && body.iter().all(is_text)
}

/// The members of a flat object.
fn members(node: &Node<'_>) -> Option<Vec<Field>> {
    let Node::Object(members) = node else { return None };
    let field = |(name, node): &(String, Node<'_>)| {
        let value = match node {
            Node::Scalar(text) => node.string().unwrap_or_else(|| (*text).to_owned()),
            _ => return None,
        };
        Some((name.clone().into_bytes(), value.into_bytes()))
    };
    members.iter().map(field).collect()
}
