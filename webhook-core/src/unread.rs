//! An error for unreadable JSON that does not contain the JSON.

use std::error::Error;
use std::fmt::{self, Write as _};

use serde_json::error::Category;

/// The position at which JSON did not match, and what was expected there.
///
/// The message of `serde_json` also contains the value that it found. That is the sender's data and must not
/// be logged.
#[derive(Debug)]
pub(crate) struct Unread {
    category: Category,
    /// The path in the value, such as `data.items[0].price`; empty if unknown.
    path: String,
    /// The expected type or field; empty if unknown.
    expected: String,
    line: usize,
    column: usize,
}

impl From<&serde_json::Error> for Unread {
    fn from(error: &serde_json::Error) -> Self {
        Self {
            category: error.classify(),
            path: String::new(),
            expected: expected(error),
            line: error.line(),
            column: error.column(),
        }
    }
}

impl Unread {
    pub(crate) fn at(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Self {
        Self { path: fields(path), ..Self::from(error) }
    }
}

/// Extracts what the type expected, which `serde` writes at the end of its messages. The name of a missing
/// field comes from the type and is kept. Any other text may quote the body and is dropped.
fn expected(error: &serde_json::Error) -> String {
    if error.classify() != Category::Data {
        return String::new();
    }
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    let is_missing = message.starts_with("missing field `");
    match message.rsplit_once(", expected ") {
        _ if is_missing => message.to_owned(),
        Some((_, expected)) => format!("expected {expected}"),
        None => String::new(),
    }
}

/// Returns the path up to the first segment that cannot be the name of a field. Keys of maps are the sender's
/// data, and may be long or contain any character.
fn fields(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;

    let is_field = |name: &str| {
        name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut text = String::new();
    for segment in path {
        match segment {
            // Writing to a `String` cannot fail.
            Segment::Seq { index } => _ = write!(text, "[{index}]"),
            Segment::Map { key: name } | Segment::Enum { variant: name } if is_field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
            _ => text.push_str("[..]"),
        }
    }
    text
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.category {
            Category::Data => "JSON does not match the expected type",
            Category::Eof => "JSON ends too early",
            Category::Io | Category::Syntax => "the body is not JSON",
        })?;
        if !self.expected.is_empty() {
            write!(f, ": {}", self.expected)?;
        }
        if !self.path.is_empty() && self.category == Category::Data {
            write!(f, " in `{}`", self.path)?;
        }
        write!(f, " (line {}, column {})", self.line, self.column)
    }
}

impl Error for Unread {}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read, not used")]
    struct Order {
        size: u32,
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read, not used")]
    struct Item {
        kind: Kind,
        #[serde(default)]
        notes: std::collections::BTreeMap<String, u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Book,
        Pen,
    }

    fn message(json: &str) -> String {
        let mut json = serde_json::Deserializer::from_str(json);
        let error = serde_path_to_error::deserialize::<_, Order>(&mut json).unwrap_err();
        Unread::at(error.path(), error.inner()).to_string()
    }

    #[test]
    fn the_field_and_the_expected_type_are_named() {
        for (json, expected) in [
            (
                r#"{"items":[]}"#,
                "JSON does not match the expected type: missing field `size` (line 1, column 12)",
            ),
            (
                r#"{"size":"secret","items":[]}"#,
                "JSON does not match the expected type: expected u32 in `size` (line 1, column 16)",
            ),
            (
                r#"{"size":1,"items":[{"kind":"secret"}]}"#,
                "JSON does not match the expected type: expected `book` or `pen` in \
                 `items[0].kind` (line 1, column 35)",
            ),
            ("{", "JSON ends too early (line 1, column 1)"),
            ("secret", "the body is not JSON (line 1, column 1)"),
        ] {
            assert_eq!(message(json), expected, "{json}");
        }
    }

    #[test]
    fn no_value_is_shown() {
        for json in [
            r#"{"size":"secret, expected secret"}"#,
            r#"{"size":-5}"#,
            r#"{"size":1,"items":[{"kind":"pen","notes":{"secret@example.com":"secret"}}]}"#,
            r#"{"size":1,"items":[{"kind":"secret at line 7"}]}"#,
            r#"{"size":1,"items":"secret"}"#,
        ] {
            let message = message(json);
            assert!(!message.contains("secret") && !message.contains("-5"), "{message}");
        }
    }
}
