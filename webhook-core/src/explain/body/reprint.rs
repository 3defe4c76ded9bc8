//! JSON that was parsed and printed again.

use super::json::{Json, KEPT, LAYOUTS, Layout, Node, STRINGS, Strings, Style};
use crate::explain::candidate::Variant;

/// In how many orders the members of a sorted text are tried.
const MAX_ORDERS: u64 = 40_320;

/// Longer texts are not tried with other orders and single numbers.
const SMALL: usize = 16 * 1024;

/// Other escapes in other layouts, and other numbers. The likeliest first, each made when it is its turn.
pub(super) fn styles<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Variant> + 'a {
    combined(json).chain(numbers(json))
}

/// Other layouts, with strings as they are written.
pub(super) fn layouts<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Variant> + 'a {
    LAYOUTS.iter().flat_map(move |layout| {
        let printed = json.print(&Style { layout: *layout, strings: KEPT, sorted: false });
        let evidence = format!("with the body printed {}", layout.name);
        let lined = format!("{printed}\n");
        let with_line = format!("{evidence} and with a final newline");
        let is_lined = layout.is_lined();
        let variant = |evidence, body| Variant::body(json.layout_id(), evidence, body);
        let lined = is_lined.then(|| variant(with_line, lined));
        [variant(evidence, printed)].into_iter().chain(lined)
    })
}

/// Other escapes, in the layout as it is.
pub(super) fn strings<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Variant> + 'a {
    let others = STRINGS.iter().filter(move |strings| json.shows(**strings));
    others.map(|strings| {
        let body = json.replaced(|scalar| {
            let string: String = serde_json::from_str(scalar).ok()?;
            let mut out = String::with_capacity(scalar.len());
            strings.print(&string, &mut out);
            Some(out)
        });
        Variant::body(
            json.strings_id(&body),
            format!("with the strings printed {}", strings.name),
            body,
        )
    })
}

/// Other layouts and escapes together, also sorted.
fn combined<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Variant> + 'a {
    let strings =
        move || STRINGS.iter().filter(move |strings| strings.kept || json.shows(**strings));
    let each = [false, true].into_iter().flat_map(move |sorted| {
        LAYOUTS
            .iter()
            .flat_map(move |layout| strings().map(move |strings| (sorted, layout, strings)))
    });
    each.filter(|(sorted, _, strings)| *sorted || !strings.kept).map(
        move |(sorted, layout, strings)| {
            let body = json.print(&Style { layout: *layout, strings: *strings, sorted });
            let (order, ids) = if sorted {
                (", with its members sorted", vec!["body-json-sorted"])
            } else {
                ("", vec![json.layout_id(), json.strings_id(&body)])
            };
            let evidence =
                format!("with the body printed {}{order}, {}", layout.name, strings.name);
            Variant::body("", evidence.trim_end_matches([',', ' ']), body).of(&ids)
        },
    )
}

/// Other formats of all numbers, and of each single one.
fn numbers<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Variant> + 'a {
    const SINGLE: usize = 24;
    let is_small = json.text.len() <= SMALL;
    let which = std::iter::once(None).chain((0..SINGLE).map(Some).filter(move |_| is_small));
    let edits = which.flat_map(|single| FORMATS.iter().map(move |format| (single, format)));
    let edited = edits.filter_map(move |(single, (name, format))| {
        let mut index = 0;
        let mut changed = false;
        let body = json.replaced(|scalar| {
            let is_number = scalar.starts_with(|char: char| char == '-' || char.is_ascii_digit());
            let other = format(scalar).filter(|other| is_number && other != scalar)?;
            index += 1;
            let applies = single.is_none_or(|single| single + 1 == index);
            changed |= applies;
            applies.then_some(other)
        });
        changed.then_some((name, body))
    });
    edited.flat_map(move |(name, body)| {
        let parsed = Json::parse(body.as_bytes()).filter(|_| is_small);
        let printed = |layout: &Layout| {
            let style = Style { layout: *layout, strings: KEPT, sorted: false };
            Some((parsed.as_ref()?.print(&style), format!(", and the body {}", layout.name)))
        };
        let others: Vec<_> = LAYOUTS.iter().take(3).filter_map(printed).collect();
        let all = [(body, String::new())].into_iter().chain(others);
        all.map(move |(body, layout)| {
            Variant::body("body-json-numbers", format!("with {name} for numbers{layout}"), body)
        })
    })
}

/// What a number may have been.
type Format = fn(&str) -> Option<String>;

const FORMATS: &[(&str, Format)] = &[
    ("no fraction of zeros", |number| {
        let (whole, fraction) = number.split_once('.')?;
        let fraction = fraction.trim_end_matches('0');
        Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
    }),
    ("`1.0`", |number| is_whole(number).then(|| format!("{number}.0"))),
    ("two decimals", |number| {
        let (_, fraction) = number.split_once('.')?;
        (fraction.len() == 1).then(|| format!("{number}0"))
    }),
    ("`1.00`", |number| is_whole(number).then(|| format!("{number}.00"))),
    ("`1e3`", |number| exponent(number, "e")),
    ("`1E3`", |number| exponent(number, "E")),
    ("`1e+3`", |number| exponent(number, "e+")),
    ("`1E+3`", |number| exponent(number, "E+")),
    ("`1.0e3`", |number| exponent(number, "e").and_then(|text| fraction_before(&text, 'e'))),
    ("`1.0E3`", |number| exponent(number, "E").and_then(|text| fraction_before(&text, 'E'))),
    ("digits without an exponent", |number| {
        let value: f64 = number.contains(['e', 'E']).then(|| number.parse().ok())??;
        Some(value.to_string())
    }),
    ("digits with `.0` instead of an exponent", |number| {
        let value: f64 = number.contains(['e', 'E']).then(|| number.parse().ok())??;
        Some(format!("{value:?}"))
    }),
];

fn is_whole(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

/// The number with an exponent, such as `1.5e3`.
fn exponent(number: &str, mark: &str) -> Option<String> {
    let value: f64 = number.parse().ok()?;
    let text = format!("{value:e}");
    let (digits, power) = text.split_once('e')?;
    let mark = if power.starts_with('-') { mark.trim_end_matches('+') } else { mark };
    Some(format!("{digits}{mark}{power}"))
}

fn fraction_before(number: &str, mark: char) -> Option<String> {
    let (digits, power) = number.split_once(mark)?;
    is_whole(digits).then(|| format!("{digits}.0{mark}{power}"))
}

/// Other orders of members, if they are sorted now.
pub(super) fn orders<'a>(json: &'a Json<'a>) -> impl Iterator<Item = Variant> + 'a {
    let few = |deep| json.root.orders(deep).filter(|orders| (2..=MAX_ORDERS).contains(orders));
    let chosen = [true, false].into_iter().find_map(|deep| Some((deep, few(deep)?)));
    let chosen = chosen.filter(|_| json.text.len() <= SMALL);
    // As it is printed now, and then without spaces.
    let received = LAYOUTS.iter().filter(|layout| json.is_printed(**layout));
    let compact = LAYOUTS.iter().take(1).filter(|layout| !json.is_printed(**layout));
    let layouts: Vec<_> = received.chain(compact).collect();
    layouts.into_iter().flat_map(move |layout| {
        let numbers = chosen
            .into_iter()
            .flat_map(|(deep, orders)| (1..orders).map(move |number| (deep, number)));
        numbers.map(move |(deep, mut number)| {
            let node: Node<'_> = json.root.reordered(&mut number, deep);
            let style = Style { layout: *layout, strings: KEPT, sorted: false };
            let body = node.printed(&style, json.text.len());
            let evidence = "with the members of the body in another order than the sorted one";
            Variant::body("body-json-sorted", evidence, body)
        })
    })
}

impl Json<'_> {
    fn is_printed(&self, layout: Layout) -> bool {
        self.text == self.print(&Style { layout, strings: KEPT, sorted: false })
    }

    /// What somebody did who printed the text as it is.
    fn layout_id(&self) -> &'static str {
        if self.is_compact {
            "body-json-compact"
        } else if self.text.contains('\n') {
            "body-json-pretty"
        } else {
            "body-json-spaced"
        }
    }

    /// What somebody did who printed the text with its strings as they are, if `before` was sent.
    fn strings_id(&self, before: &str) -> &'static str {
        let escapes = |text: &str| text.matches('\\').count();
        if escapes(self.text) > escapes(before) {
            "body-json-escaped"
        } else {
            "body-json-unescaped"
        }
    }

    /// Whether it makes a difference to print strings in this way.
    fn shows(&self, strings: Strings) -> bool {
        let text = self.text;
        let escapes = text.contains('\\');
        !strings.kept && (escapes || strings.escapes_any_of(text))
    }
}
