//! Lines on standard output: what was handled, one line an event.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line at once. A reader that has gone away is no reason to stop receiving.
pub fn line(line: impl Display) {
    let mut out = io::stdout().lock();
    _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// What a sender wrote, as one short word: all but visible ASCII is escaped, and nothing is `-`.
pub fn word(text: &str) -> String {
    const MAX_CHARS: usize = 100;
    let mut word = String::new();
    for char in text.chars().take(MAX_CHARS) {
        if char.is_ascii_graphic() && char != '\\' {
            word.push(char);
        } else {
            word.extend(char.escape_unicode());
        }
    }
    if word.is_empty() { "-".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn nothing_that_a_sender_writes_breaks_the_line() {
        assert_eq!(word("voice_note.sent"), "voice_note.sent");
        assert_eq!(word(""), "-");
        assert_eq!(word("a b\r\n\u{2028}\\n"), r"a\u{20}b\u{d}\u{a}\u{2028}\u{5c}n");
        assert_eq!(word(&"x".repeat(1000)).len(), 100);
    }
}
