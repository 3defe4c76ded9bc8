//! The pages. askama escapes whatever it puts into them.

use askama::Template;
use webhook_tower::CloudEvent;

use super::query::{Attempt, Delivery, Filter, Found, Row};
use super::replay::can_be_replayed;

const PROVIDERS: [&str; 4] = ["samva", "svara", "voisnap", "voxpria"];
const STATES: [&str; 5] = ["received", "running", "done", "failed", "given up"];

#[derive(Template)]
#[template(path = "list.html")]
pub struct List<'a> {
    filter: &'a Filter,
    providers: [&'static str; 4],
    states: [&'static str; 5],
    rows: Vec<Row>,
    /// Where the next page begins.
    older: Option<i64>,
}

impl<'a> List<'a> {
    pub fn new(filter: &'a Filter, Found { rows, has_more }: Found) -> Self {
        let older = rows.last().filter(|_| has_more).map(|row| row.id);
        Self { filter, providers: PROVIDERS, states: STATES, rows, older }
    }
}

#[derive(Template)]
#[template(path = "delivery.html")]
pub struct Detail {
    row: Row,
    endpoint: String,
    headers: Vec<(String, String)>,
    size: usize,
    payload: String,
    attempts: Vec<Attempt>,
    can_be_replayed: bool,
}

impl Detail {
    pub fn new(Delivery { row, record, attempts }: Delivery) -> Self {
        let can_be_replayed = can_be_replayed(&row.state);
        let detail = Self {
            row,
            endpoint: String::new(),
            headers: Vec::new(),
            size: record.len(),
            payload: String::new(),
            attempts,
            can_be_replayed,
        };
        match CloudEvent::from_json(record.as_bytes()) {
            Ok(event) => Self {
                endpoint: event.source().to_owned(),
                headers: event.headers().into_iter().collect(),
                size: event.body().len(),
                payload: readable(event.body()),
                ..detail
            },
            // Someone changed the table by hand. What is there is shown as it is.
            Err(_) => Self { payload: record, ..detail },
        }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
pub struct Message<'a> {
    pub text: &'a str,
}

/// JSON with line breaks, its members in the order that they came in; anything else as text.
fn readable(body: &[u8]) -> String {
    let mut pretty = Vec::new();
    let mut from = serde_json::Deserializer::from_slice(body);
    let mut to = serde_json::Serializer::pretty(&mut pretty);
    let is_json = serde_transcode::transcode(&mut from, &mut to).is_ok() && from.end().is_ok();
    String::from_utf8_lossy(if is_json { &pretty } else { body }).into_owned()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn json_is_broken_into_lines_and_stays_what_it_is() {
        assert_eq!(
            readable(br#"{"b":1.50,"a":[18446744073709551615,"<script>"],"b":null}"#),
            "{\n  \"b\": 1.5,\n  \"a\": [\n    18446744073709551615,\n    \"<script>\"\n  ],\n  \"b\": null\n}"
        );
    }

    #[test]
    fn what_is_not_json_is_shown_as_text() {
        for body in ["not json", "{\"a\":1} and more", "{", ""] {
            assert_eq!(readable(body.as_bytes()), body);
        }
        assert_eq!(readable(b"\xff"), "\u{fffd}");
    }
}
