/// A header, as `-H` of curl takes it.
pub(crate) type Header = (String, String);

/// Reads `Name: value`.
pub(crate) fn header(text: &str) -> Result<Header, String> {
    let (name, value) = text.split_once(':').ok_or("a header is `Name: value`")?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("a header's name has letters, digits and `-`".to_owned());
    }
    if value.chars().any(|char| char.is_control() && char != '\t') {
        return Err("a header's value is one line, without control characters".to_owned());
    }
    Ok((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let read = |text| header(text).ok();
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(read("X-A: b: c "), pair("X-A", "b: c"));
        assert_eq!(read("x-a:"), pair("x-a", ""));
        for text in ["x-a", ": b", "x a: b", "x: a\r\ny: b"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
