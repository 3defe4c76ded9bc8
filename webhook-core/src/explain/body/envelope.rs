//! Bodies inside of what gateways and queues make of them.

use super::json::Json;
use crate::explain::candidate::Variant;
use crate::explain::codec::base64_any;

/// The members of a record that may hold the body.
const MEMBERS: [&str; 7] = ["body", "Body", "rawBody", "payload", "Message", "data", "data_base64"];

pub(super) fn variants(body: &[u8], json: Option<&Json<'_>>) -> Vec<Variant> {
    let mut found = Vec::new();
    found.extend(base64_variant(body, "the body"));
    let Some(json) = json else { return found };
    if let Some(string) = json.root.string() {
        found.extend(base64_variant(string.as_bytes(), "the string in the body"));
        found.push(Variant::body(
            "body-envelope",
            "with the text of the JSON string that the body is",
            string,
        ));
    }
    for name in MEMBERS {
        let Some(text) = json.root.member(name) else { continue };
        found.extend(base64_variant(text.as_bytes(), &format!("the member `{name}` of the body")));
        found.push(Variant::body(
            "body-envelope",
            format!("with the text of the member `{name}` of the body"),
            text,
        ));
    }
    found
}

fn base64_variant(text: &[u8], of: &str) -> Option<Variant> {
    let decoded = base64_any(text.trim_ascii()).filter(|decoded| !decoded.is_empty())?;
    Some(Variant::body("body-base64", format!("with {of} decoded from base64"), decoded))
}
