//! JSON as text: it is parsed so that it can be printed in other ways, with its numbers and the order of its members
//! as they were written. `serde_json::Value` keeps neither without features that would change it for everybody in the
//! build; [`RawValue`] keeps both.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Deeper texts are not printed again.
const MAX_DEPTH: usize = 64;

/// A JSON text.
pub(super) struct Json<'a> {
    pub(super) text: &'a str,
    pub(super) root: Node<'a>,
    /// Whether it has no spaces between its tokens.
    pub(super) is_compact: bool,
}

#[derive(Clone)]
pub(super) enum Node<'a> {
    Object(Vec<(String, Node<'a>)>),
    Array(Vec<Node<'a>>),
    /// A string, number or literal as it is written.
    Scalar(&'a str),
}

/// How JSON is printed.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) layout: Layout,
    pub(super) strings: Strings,
    pub(super) sorted: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) name: &'static str,
    comma: &'static str,
    colon: &'static str,
    /// On one line if it is empty.
    indent: &'static str,
}

/// How strings are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each names what a library escapes or not")]
pub(super) struct Strings {
    pub(super) name: &'static str,
    /// As they are written.
    pub(super) kept: bool,
    /// Escapes what is not ASCII.
    ascii: bool,
    /// Digits of escapes in upper case.
    upper: bool,
    /// Escapes `/`.
    slash: bool,
    /// Escapes `<`, `>` and `&`.
    html: bool,
}

const fn layout(
    name: &'static str,
    comma: &'static str,
    colon: &'static str,
    indent: &'static str,
) -> Layout {
    Layout { name, comma, colon, indent }
}

/// The likeliest first.
pub(super) const LAYOUTS: &[Layout] = &[
    layout("without spaces", ",", ":", ""),
    layout("with a space behind each comma and colon", ", ", ": ", ""),
    layout("with an indent of 2 spaces", ",", ": ", "  "),
    layout("with an indent of 4 spaces", ",", ": ", "    "),
    layout("with tabs as indent", ",", ": ", "\t"),
    layout("with a space behind each colon", ",", ": ", ""),
    layout("with an indent of 2 spaces and a space around each colon", ",", " : ", "  "),
];

const PLAIN: Strings = Strings {
    name: "without escapes",
    kept: false,
    ascii: false,
    upper: false,
    slash: false,
    html: false,
};

pub(super) const KEPT: Strings = Strings { name: "", kept: true, ..PLAIN };

/// The likeliest first.
pub(super) const STRINGS: &[Strings] = &[
    KEPT,
    PLAIN,
    Strings { name: "with `\\u00e9` for each character that is not ASCII", ascii: true, ..PLAIN },
    Strings { name: "with `\\u00e9` and `\\/`, as PHP does", ascii: true, slash: true, ..PLAIN },
    Strings { name: "with `\\/` for each slash", slash: true, ..PLAIN },
    Strings { name: "with `\\u003c` for each `<`, as Go does", html: true, ..PLAIN },
    Strings { name: "with `\\u00E9`, in upper case", ascii: true, upper: true, ..PLAIN },
    Strings {
        name: "with `\\u00E9` and `\\u003C`, as .NET does",
        ascii: true,
        upper: true,
        html: true,
        ..PLAIN
    },
];

impl<'a> Json<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        let root = Node::parse(raw.get(), MAX_DEPTH)?;
        let compact =
            LAYOUTS.first().map(|layout| Style { layout: *layout, strings: KEPT, sorted: false });
        let shortest = compact.map(|style| root.printed(&style, text.len()).len());
        Some(Self {
            text,
            is_compact: shortest.is_some_and(|len| len >= text.trim_end().len()),
            root,
        })
    }

    pub(super) fn print(&self, style: &Style) -> String {
        self.root.printed(style, self.text.len())
    }

    /// The text as it is written, with some of its strings, numbers and literals replaced.
    pub(super) fn replaced(&self, mut replace: impl FnMut(&str) -> Option<String>) -> String {
        let mut scalars = Vec::new();
        self.root.scalars(&mut scalars);
        let mut out = String::with_capacity(self.text.len());
        let mut done = 0;
        for scalar in scalars {
            if let Some(other) = replace(scalar) {
                let start = scalar.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
                out.push_str(self.text.get(done..start).unwrap_or_default());
                out.push_str(&other);
                done = start + scalar.len();
            }
        }
        out.push_str(self.text.get(done..).unwrap_or_default());
        out
    }
}

impl<'a> Node<'a> {
    fn parse(text: &'a str, depth: usize) -> Option<Self> {
        let below = depth.checked_sub(1)?;
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        match text.as_bytes().first()? {
            b'{' => {
                let members =
                    serde_json::Deserializer::from_str(text).deserialize_map(Members).ok()?;
                let parsed = members
                    .into_iter()
                    .map(|(name, raw)| Some((name, Self::parse(raw.get(), below)?)));
                parsed.collect::<Option<_>>().map(Self::Object)
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                items
                    .into_iter()
                    .map(|raw| Self::parse(raw.get(), below))
                    .collect::<Option<_>>()
                    .map(Self::Array)
            }
            _ => Some(Self::Scalar(text)),
        }
    }

    /// The text of a member that is a string.
    pub(super) fn member(&self, name: &str) -> Option<String> {
        let Self::Object(members) = self else { return None };
        let (_, node) = members.iter().find(|(each, _)| each == name)?;
        node.string()
    }

    pub(super) fn string(&self) -> Option<String> {
        let Self::Scalar(text) = self else { return None };
        serde_json::from_str(text).ok()
    }

    /// The strings that are members of the object, named by their member, if they are ids by their names.
    pub(super) fn ids(&self) -> Vec<(String, String)> {
        let Self::Object(members) = self else { return Vec::new() };
        let is_id = |name: &str| name.to_ascii_lowercase().ends_with("id") && name.len() <= 32;
        let own = members.iter().filter(|(name, _)| is_id(name));
        let own = own.filter_map(|(name, node)| Some((name.clone(), node.string()?)));
        let below = members.iter().filter(|(_, node)| matches!(node, Self::Object(_)));
        own.chain(below.flat_map(|(_, node)| node.ids())).take(16).collect()
    }

    fn scalars(&self, into: &mut Vec<&'a str>) {
        match self {
            Self::Object(members) => members.iter().for_each(|(_, node)| node.scalars(into)),
            Self::Array(items) => items.iter().for_each(|node| node.scalars(into)),
            Self::Scalar(text) => into.push(text),
        }
    }

    /// In how many orders the members can be, if they are sorted everywhere, as some libraries print them.
    pub(super) fn orders(&self, deep: bool) -> Option<u64> {
        match self {
            Self::Scalar(_) => Some(1),
            Self::Array(_) if !deep => Some(1),
            Self::Array(items) => product(items.iter().map(|node| node.orders(deep))),
            Self::Object(members) => {
                let own = members
                    .is_sorted_by(|(a, _), (b, _)| a < b)
                    .then(|| factorial(members.len()))?;
                let below =
                    members.iter().map(|(_, node)| if deep { node.orders(deep) } else { Some(1) });
                product(below.chain([own]))
            }
        }
    }

    /// The same with its members in another order: each number below `orders` is one.
    pub(super) fn reordered(&self, number: &mut u64, deep: bool) -> Self {
        match self {
            Self::Array(items) if deep => {
                Self::Array(items.iter().map(|node| node.reordered(number, deep)).collect())
            }
            Self::Object(members) => {
                let mut rest: Vec<_> = members.iter().collect();
                let mut order = Vec::with_capacity(rest.len());
                for left in (1..=rest.len()).rev() {
                    let radix = u64::try_from(left).unwrap_or(1);
                    let at = usize::try_from(*number % radix).unwrap_or_default();
                    *number /= radix;
                    order.push(rest.remove(at));
                }
                let below = order.into_iter().map(|(name, node)| {
                    (name.clone(), if deep { node.reordered(number, deep) } else { node.clone() })
                });
                Self::Object(below.collect())
            }
            other => other.clone(),
        }
    }

    pub(super) fn printed(&self, style: &Style, len: usize) -> String {
        let mut out = String::with_capacity(len + len / 4);
        self.print(style, 0, &mut out);
        out
    }

    fn print(&self, style: &Style, depth: usize, out: &mut String) {
        match self {
            Self::Scalar(text) if text.starts_with('"') && !style.strings.kept => {
                match serde_json::from_str::<String>(text) {
                    Ok(string) => style.strings.print(&string, out),
                    // Half of a surrogate pair.
                    Err(_) => out.push_str(text),
                }
            }
            Self::Scalar(text) => out.push_str(text),
            Self::Array(items) => {
                style.layout.list(('[', ']'), items.iter(), depth, out, |node, out| {
                    node.print(style, depth + 1, out);
                });
            }
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                if style.sorted {
                    members.sort_by(|(a, _), (b, _)| a.cmp(b));
                }
                style.layout.list(
                    ('{', '}'),
                    members.into_iter(),
                    depth,
                    out,
                    |(name, node), out| {
                        style.strings.print(name, out);
                        out.push_str(style.layout.colon);
                        node.print(style, depth + 1, out);
                    },
                );
            }
        }
    }
}

impl Layout {
    /// Whether it prints several lines.
    pub(super) const fn is_lined(&self) -> bool {
        !self.indent.is_empty()
    }

    fn list<T>(
        &self,
        (open, close): (char, char),
        items: impl ExactSizeIterator<Item = T>,
        depth: usize,
        out: &mut String,
        print: impl Fn(T, &mut String),
    ) {
        let is_empty = items.len() == 0;
        let line = |depth: usize, out: &mut String| {
            if !self.indent.is_empty() && !is_empty {
                out.push('\n');
                (0..depth).for_each(|_| out.push_str(self.indent));
            }
        };
        out.push(open);
        for (index, item) in items.enumerate() {
            if index > 0 {
                out.push_str(self.comma);
            }
            line(depth + 1, out);
            print(item, out);
        }
        line(depth, out);
        out.push(close);
    }
}

impl Strings {
    /// Whether the text has a character that is escaped.
    pub(super) fn escapes_any_of(&self, text: &str) -> bool {
        (self.ascii && !text.is_ascii())
            || (self.slash && text.contains('/'))
            || (self.html && text.contains(['<', '>', '&']))
    }

    pub(super) fn print(&self, string: &str, out: &mut String) {
        let mut units = [0; 2];
        out.push('"');
        for char in string.chars() {
            match char {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '/' if self.slash => out.push_str("\\/"),
                char if char < ' '
                    || (self.ascii && !char.is_ascii())
                    || (self.html && matches!(char, '<' | '>' | '&' | '\u{2028}' | '\u{2029}')) =>
                {
                    for unit in char.encode_utf16(&mut units) {
                        let digits =
                            if self.upper { format!("{unit:04X}") } else { format!("{unit:04x}") };
                        out.push_str("\\u");
                        out.push_str(&digits);
                    }
                }
                char => out.push(char),
            }
        }
        out.push('"');
    }
}

fn factorial(len: usize) -> Option<u64> {
    product((1..=len).map(|factor| u64::try_from(factor).ok()))
}

fn product(mut factors: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    factors.try_fold(1_u64, |product, factor| product.checked_mul(factor?))
}

/// Reads an object as a list.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
