//! The table of what was played, for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// A case and its answers, such as `401 invalid signature` or `200 received, 200 duplicate`.
pub struct Row {
    pub provider: &'static str,
    pub case: &'static str,
    pub axum: String,
    pub actix: String,
    pub expected: &'static str,
}

const HEADINGS: [&str; 5] = ["provider", "case", "axum", "actix", "expected"];

const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().bold();
const REPEATED: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

impl Row {
    fn is_as_expected(&self) -> bool {
        self.axum == self.expected && self.actix == self.expected
    }

    fn cells(&self) -> [String; 5] {
        let mark = |answer: &str| {
            if answer != self.expected {
                return format!("✗ {answer}");
            }
            let statuses = answer.split(", ").filter_map(|each| each.split(' ').next());
            statuses.fold("✓".to_owned(), |mark, status| format!("{mark} {status}"))
        };
        [
            self.provider.to_owned(),
            self.case.to_owned(),
            mark(&self.axum),
            mark(&self.actix),
            self.expected.to_owned(),
        ]
    }

    fn styles(&self, is_first: bool) -> [Style; 5] {
        let mark = |answer: &str| if answer == self.expected { GOOD } else { BAD };
        let case = if self.is_as_expected() { PLAIN } else { BAD };
        let provider = if is_first { HEADING } else { REPEATED };
        [provider, case, mark(&self.axum), mark(&self.actix), PLAIN]
    }
}

/// Prints the table and a closing line. Says whether all is as expected.
pub fn print(out: &mut impl Write, rows: &[Row]) -> io::Result<bool> {
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }

    line(out, &HEADINGS, [HEADING; 5], widths)?;
    let mut provider = "";
    for (row, cells) in rows.iter().zip(&cells) {
        let is_first = row.provider != provider;
        if is_first {
            writeln!(out)?;
        }
        provider = row.provider;
        line(out, cells, row.styles(is_first), widths)?;
    }

    let bad = rows.iter().filter(|row| !row.is_as_expected()).count();
    let all = rows.len();
    match bad {
        0 => writeln!(out, "\n{GOOD}{all} cases, all as expected{GOOD:#}")?,
        _ => writeln!(out, "\n{BAD}{bad} of {all} cases not as expected{BAD:#}")?,
    }
    Ok(bad == 0)
}

fn line(
    out: &mut impl Write,
    cells: &[impl AsRef<str>; 5],
    styles: [Style; 5],
    widths: [usize; 5],
) -> io::Result<()> {
    let [rest @ .., last] = cells;
    for ((cell, style), width) in rest.iter().zip(styles).zip(widths) {
        write!(out, "{style}{:<width$}{style:#}  ", cell.as_ref())?;
    }
    writeln!(out, "{}", last.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(axum: &str, actix: &str) -> (bool, String) {
        let row = |case, axum: &str, actix: &str| Row {
            provider: "samva",
            case,
            axum: axum.to_owned(),
            actix: actix.to_owned(),
            expected: "401 missing signature",
        };
        let first = row("first", "401 missing signature", "401 missing signature");
        let mut out = anstream::StripStream::new(Vec::new());
        let as_expected = print(&mut out, &[first, row("second", axum, actix)]).unwrap();
        (as_expected, String::from_utf8(out.into_inner()).unwrap())
    }

    #[test]
    fn as_expected_is_a_status_and_a_check_mark() {
        let same = "401 missing signature";
        let (as_expected, table) = printed(same, same);
        assert!(as_expected);
        assert_eq!(
            table,
            "provider  case    axum   actix  expected\n\
             \n\
             samva     first   ✓ 401  ✓ 401  401 missing signature\n\
             samva     second  ✓ 401  ✓ 401  401 missing signature\n\
             \n\
             2 cases, all as expected\n"
        );
    }

    #[test]
    fn another_answer_stands_out_whole() {
        for (axum, actix, cells) in [
            ("200 received", "401 missing signature", "✗ 200 received  ✓ 401  401"),
            (
                "401 missing signature",
                "401 invalid signature",
                "✓ 401  ✗ 401 invalid signature  401",
            ),
            (
                "no answer: connection reset",
                "500 \"\"",
                "✗ no answer: connection reset  ✗ 500 \"\"  401",
            ),
        ] {
            let (as_expected, table) = printed(axum, actix);
            assert!(!as_expected);
            assert!(table.contains(cells), "{table}");
            assert!(table.ends_with("\n1 of 2 cases not as expected\n"), "{table}");
        }
    }
}
