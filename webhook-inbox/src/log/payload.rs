//! Payloads as the pages show them.

use std::fmt;

use serde::de::{self, Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A longer payload is cut. Browsers take seconds for a long text.
pub(super) const SHOWN: usize = 64 * 1024;

/// What is nested deeper is not broken into lines. Each level is read once more.
const DEPTH: usize = 16;

/// A payload, readable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) form: Form,
    pub(super) is_cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// With line breaks, all else as it was received.
    Json,
    Text,
    /// With escapes such as `\xff`.
    Binary,
}

impl Shown {
    pub(super) fn new(body: &[u8]) -> Self {
        Self::up_to(body, SHOWN)
    }

    fn up_to(body: &[u8], limit: usize) -> Self {
        let mut out = Out { text: String::new(), limit, is_cut: false };
        let json = str::from_utf8(body).map(serde_json::from_str::<&RawValue>);
        let form = if let Ok(Ok(json)) = json {
            // An error is one of writing: the limit was reached.
            _ = out.value(json.get(), 0);
            Form::Json
        } else if out.escaped(body) {
            Form::Binary
        } else {
            Form::Text
        };
        Self { text: out.text, form, is_cut: out.is_cut }
    }
}

struct Out {
    text: String,
    limit: usize,
    is_cut: bool,
}

/// The limit was reached.
struct Full;

impl Out {
    fn push(&mut self, text: &str) -> Result<(), Full> {
        let room = self.limit.saturating_sub(self.text.len());
        let fits = text.get(..text.floor_char_boundary(room)).unwrap_or_default();
        self.text.push_str(fits);
        self.is_cut |= fits.len() < text.len();
        if self.is_cut { Err(Full) } else { Ok(()) }
    }

    fn line(&mut self, depth: usize) -> Result<(), Full> {
        self.push("\n")?;
        for _ in 0..depth {
            self.push("  ")?;
        }
        Ok(())
    }

    /// Writes valid JSON with line breaks. Strings and numbers stay byte for byte what they are, so serde's data model
    /// will not do: each value is taken raw, and only objects and arrays are opened.
    fn value(&mut self, json: &str, depth: usize) -> Result<(), Full> {
        if depth == DEPTH {
            return self.push(json);
        }
        let inside = Inside { out: self, depth: depth + 1 };
        let mut from = serde_json::Deserializer::from_str(json);
        let written = match json.as_bytes().first() {
            Some(b'{') => from.deserialize_map(inside),
            Some(b'[') => from.deserialize_seq(inside),
            _ => return self.push(json),
        };
        written.map_err(|_| Full)
    }

    /// Writes text, and escapes what is none. Returns whether there was any.
    fn escaped(&mut self, body: &[u8]) -> bool {
        let mut is_escaped = false;
        for chunk in body.utf8_chunks() {
            for line in chunk.valid().split_inclusive(is_invisible) {
                let shown = line.strip_suffix(is_invisible).unwrap_or(line);
                if self.push(shown).is_err() {
                    return is_escaped;
                }
                let escaped = line.get(shown.len()..).unwrap_or_default();
                is_escaped |= !escaped.is_empty();
                if self.push(&escaped.as_bytes().escape_ascii().to_string()).is_err() {
                    return is_escaped;
                }
            }
            is_escaped |= !chunk.invalid().is_empty();
            if self.push(&chunk.invalid().escape_ascii().to_string()).is_err() {
                return is_escaped;
            }
        }
        is_escaped
    }
}

/// A control character that does not break lines.
const fn is_invisible(char: char) -> bool {
    char.is_ascii_control() && !matches!(char, '\n' | '\r' | '\t')
}

/// Writes what is in an object or array.
struct Inside<'o> {
    out: &'o mut Out,
    depth: usize,
}

impl Inside<'_> {
    fn end(self, is_empty: bool, bracket: &str) -> Result<(), Full> {
        if !is_empty {
            self.out.line(self.depth - 1)?;
        }
        self.out.push(bracket)
    }
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.out.push("{").map_err(full)?;
        let mut is_empty = true;
        while let Some(key) = map.next_key::<&RawValue>()? {
            self.out.push(if is_empty { "" } else { "," }).map_err(full)?;
            is_empty = false;
            self.out.line(self.depth).map_err(full)?;
            self.out.push(key.get()).map_err(full)?;
            self.out.push(": ").map_err(full)?;
            let value: &RawValue = map.next_value()?;
            self.out.value(value.get(), self.depth).map_err(full)?;
        }
        self.end(is_empty, "}").map_err(full)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.out.push("[").map_err(full)?;
        let mut is_empty = true;
        while let Some(value) = seq.next_element::<&RawValue>()? {
            self.out.push(if is_empty { "" } else { "," }).map_err(full)?;
            is_empty = false;
            self.out.line(self.depth).map_err(full)?;
            self.out.value(value.get(), self.depth).map_err(full)?;
        }
        self.end(is_empty, "]").map_err(full)
    }
}

fn full<E: de::Error>(_: Full) -> E {
    E::custom("the limit was reached")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(body: &[u8], form: Form, text: &str) {
        assert_eq!(Shown::new(body), Shown { text: text.to_owned(), form, is_cut: false });
    }

    #[test]
    fn json_is_broken_into_lines_and_stays_what_it_is() {
        shows(
            br#" {"b":1.10,"a":[123456789012345678901234567890,1E+2,-0,"\u00e9\ud800"],"b":{}, "\u0061" : [] } "#,
            Form::Json,
            "{\n  \"b\": 1.10,\n  \"a\": [\n    123456789012345678901234567890,\n    1E+2,\n    -0,\n    \
             \"\\u00e9\\ud800\"\n  ],\n  \"b\": {},\n  \"\\u0061\": []\n}",
        );
        shows(b" 1.0 ", Form::Json, "1.0");
    }

    #[test]
    fn other_payloads_are_shown_as_text() {
        for body in ["not json", "{\"a\":1} and more", "{", "", "a\r\n\tb", "\u{feff}{}"] {
            shows(body.as_bytes(), Form::Text, body);
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_escaped() {
        shows(b"{\"a\":\"\xff\"}\n", Form::Binary, "{\"a\":\"\\xff\"}\n");
        shows(b"\x00\x1b[31m", Form::Binary, "\\x00\\x1b[31m");
    }

    #[test]
    fn deep_payloads_are_opened_down_to_a_limit() {
        let body = "[".repeat(500_000) + &"]".repeat(500_000);
        let shown = Shown::up_to(body.as_bytes(), 2_000_000);
        assert_eq!((shown.form, shown.is_cut), (Form::Json, false));
        assert_eq!(shown.text.lines().count(), 2 * DEPTH + 1);
        let without_space: String = shown.text.split_whitespace().collect();
        assert!(without_space == body);
    }

    #[test]
    fn long_payloads_are_cut_between_characters() {
        let shown = Shown::up_to("{\"a\":\"äöü\"}".as_bytes(), 11);
        assert_eq!(
            shown,
            Shown { text: "{\n  \"a\": \"".to_owned(), form: Form::Json, is_cut: true }
        );
        let shown = Shown::up_to("äöü".as_bytes(), 5);
        assert_eq!(shown, Shown { text: "äö".to_owned(), form: Form::Text, is_cut: true });
        assert!(!Shown::up_to(b"12345", 5).is_cut);
    }
}
