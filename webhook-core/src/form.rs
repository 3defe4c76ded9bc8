//! HTML forms (`application/x-www-form-urlencoded`), as providers sign them.
//!
//! Decoded to bytes, not to text: a decoder that replaces invalid UTF-8 would let different bodies pass for one.

use crate::headers::Head;

pub(crate) const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// More than any provider sends. Each field costs much more memory than the two bytes it may come in.
const MAX_FIELDS: usize = 4096;

/// A name and its value.
pub(crate) type Field = (Vec<u8>, Vec<u8>);

/// Whether the request says that its body is a form.
pub(crate) fn is_form(head: &Head<'_>) -> bool {
    let media_type = head.header("content-type").ok().flatten();
    media_type
        .and_then(|value| value.split(|byte| *byte == b';').next())
        .is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(CONTENT_TYPE.as_bytes()))
}

/// The fields of a body or of a query. `None` if there are too many.
pub(crate) fn fields(form: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    for field in form.split(|byte| *byte == b'&').filter(|field| !field.is_empty()) {
        if fields.len() == MAX_FIELDS {
            return None;
        }
        let mut halves = field.splitn(2, |byte| *byte == b'=');
        let mut half = || decoded(halves.next().unwrap_or_default());
        fields.push((half(), half()));
    }
    Some(fields)
}

/// The fields of a URL's query, or of none.
pub(crate) fn query(url: &str) -> Option<Vec<Field>> {
    fields(url.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// The value of the only field of this name. `None` if there is none, and if there are several.
pub(crate) fn single<'a>(fields: &'a [Field], name: &str) -> Option<&'a [u8]> {
    let mut values = fields.iter().filter(|(each, _)| each == name.as_bytes());
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

/// The fields sorted by name, then by value, and joined without separators: what some providers sign.
pub(crate) fn sorted(mut fields: Vec<Field>, distinct: bool) -> Vec<u8> {
    fields.sort_unstable();
    if distinct {
        fields.dedup();
    }
    fields.into_iter().flat_map(|(name, value)| [name, value]).flatten().collect()
}

/// A `%` that no two hexadecimal digits follow stands for itself, as the URL Standard has it.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        bytes.push(match (byte, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, behind @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = behind;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_to_bytes() {
        let fields = fields(b"a=1+2%2B&&b&=c&d=%FF%zz%4").unwrap();
        let expected: [(&[u8], &[u8]); 4] =
            [(b"a", b"1 2+"), (b"b", b""), (b"", b"c"), (b"d", b"\xff%zz%4")];
        let expected = expected.map(|(name, value)| (name.to_vec(), value.to_vec()));
        assert_eq!(fields, expected);
        assert_eq!(sorted(fields, false), b"ca1 2+bd\xff%zz%4");
    }

    #[test]
    fn a_repeated_field_is_no_single_one() {
        let fields = fields(b"a=1&a=1&b=2").unwrap();
        assert_eq!(single(&fields, "a"), None);
        assert_eq!(single(&fields, "b"), Some(&b"2"[..]));
        assert_eq!(sorted(fields.clone(), true), b"a1b2");
        assert_eq!(sorted(fields, false), b"a1a1b2");
    }

    #[test]
    fn the_number_of_fields_is_limited() {
        assert_eq!(fields("a&".repeat(MAX_FIELDS).as_bytes()).unwrap().len(), MAX_FIELDS);
        assert!(fields("a&".repeat(MAX_FIELDS + 1).as_bytes()).is_none());
    }

    #[test]
    fn the_media_type_alone_counts() {
        for (value, form) in [
            ("application/x-www-form-urlencoded", true),
            ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", true),
            ("application/json", false),
            ("text/plain; application/x-www-form-urlencoded", false),
        ] {
            let headers = [("content-type", value)];
            assert_eq!(is_form(&Head::new("POST", "/", &headers)), form, "{value}");
        }
    }
}
