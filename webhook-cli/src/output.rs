use std::fmt::{self, Display};
use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;

pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();

/// Prints results on standard output, as text or as one JSON object a line, and everything else on standard error.
///
/// Colours are left out where standard output is not a terminal, and with `NO_COLOR`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    pub(crate) fn print(self, result: &(impl Serialize + Display)) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(result)?)?;
        } else {
            writeln!(out, "{result}")?;
        }
        out.flush()
    }

    pub(crate) fn warn(self, message: impl Display) {
        self.note("warning", DOUBTFUL, message);
    }

    pub(crate) fn error(self, message: impl Display) {
        self.note("error", BAD, message);
    }

    /// A reader of standard error that has gone away is no reason to stop.
    fn note(self, kind: &str, style: Style, message: impl Display) {
        let mut err = anstream::stderr().lock();
        _ = if self.json {
            writeln!(err, "{}", json!({ kind: message.to_string() }))
        } else {
            writeln!(err, "{style}{kind}{style:#}: {message}")
        };
    }
}

/// A text that is a whole result, such as a manual page.
#[derive(Serialize)]
pub(crate) struct Text {
    text: String,
}

impl Text {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { text: String::from_utf8_lossy(bytes).trim_end().to_owned() }
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
