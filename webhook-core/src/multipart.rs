//! Multipart forms (RFC 7578), for providers that put their signature into one.
//!
//! Only the plain form that HTTP clients write is read, without preamble, folded headers or escaped names. A provider
//! hands on the field that it verified, not the form: another parser might find another field in it.

use crate::headers::Head;

/// More than any provider sends.
const MAX_PARTS: usize = 32;
const MAX_PART_HEAD: usize = 1024;

/// The boundary, if the request says that its body is a multipart form.
pub(crate) fn boundary(head: &Head<'_>) -> Option<String> {
    let value = std::str::from_utf8(head.header("content-type").ok()??).ok()?;
    let (media_type, parameters) = value.split_once(';')?;
    let mut boundaries = parameters.split(';').filter_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        name.eq_ignore_ascii_case("boundary").then(|| quoted.unwrap_or(value))
    });
    let boundary = boundaries.next()?;
    let is_boundary = (1..=70).contains(&boundary.len())
        && boundary.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    (media_type.trim().eq_ignore_ascii_case("multipart/form-data")
        && boundaries.next().is_none()
        && is_boundary)
        .then(|| boundary.to_owned())
}

/// The value of the only field of this name. `None` if there is none or there are several, and for another body.
pub(crate) fn single<'a>(body: &'a [u8], boundary: &str, name: &str) -> Option<&'a [u8]> {
    let delimiter = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(delimiter.trim_start().as_bytes())?;
    let mut found = None;
    for _ in 0..MAX_PARTS {
        if matches!(rest, b"--" | b"--\r\n") {
            return found;
        }
        let part = rest.strip_prefix(b"\r\n")?;
        let window = part.get(..MAX_PART_HEAD).unwrap_or(part);
        let (head, _) = split_at(window, b"\r\n\r\n")?;
        let (value, behind) = split_at(part.get(head.len() + 4..)?, delimiter.as_bytes())?;
        if field_name(head)? == name && found.replace(value).is_some() {
            return None;
        }
        rest = behind;
    }
    None
}

/// The name of a part, which may be a file.
fn field_name(head: &[u8]) -> Option<&str> {
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    });
    let disposition = lines.next().filter(|_| lines.next().is_none())?;
    let rest = disposition.trim().strip_prefix("form-data;")?.trim_start();
    let (name, _) = rest.strip_prefix("name=\"")?.split_once('"')?;
    (!name.contains(['\\', '%'])).then_some(name)
}

fn split_at<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(separator.len()).position(|window| window == separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--";
    const FILE: &str = "--x\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n--x\r\n";

    #[test]
    fn a_field_is_found_among_others() {
        let form = format!("{FILE}{A}x--\r\n");
        assert_eq!(single(form.as_bytes(), "x", "a"), Some(&b"1"[..]));
        assert_eq!(single(form.as_bytes(), "x", "f"), Some(&b"--x"[..]));
        assert_eq!(single(form.as_bytes(), "x", "b"), None);
        let twice = format!("{}{A}x--", A.trim_end_matches('-'));
        assert_eq!(single(twice.as_bytes(), "x", "a"), None, "repeated");
    }

    #[test]
    fn other_bodies_are_no_forms() {
        let good = format!("{A}x--");
        assert!(single(good.as_bytes(), "x", "a").is_some());
        for bad in [
            String::new(),
            "--x--".to_owned(),
            A.to_owned(),
            format!("preamble\r\n{good}"),
            format!("{good}more"),
            good.replace("\r\n", "\n"),
            good.replace("form-data", "attachment"),
            good.replace("\"a\"", "\"%61\""),
            good.replace("Content-Disposition", "X"),
            format!("{}x--", A.trim_end_matches('-').repeat(MAX_PARTS + 1)),
        ] {
            assert_eq!(single(bad.as_bytes(), "x", "a"), None, "{bad:?}");
        }
    }

    #[test]
    fn the_boundary_is_in_the_content_type_once() {
        let read = |value: &str| boundary(&Head::new("POST", "/", &[("content-type", value)]));
        assert_eq!(read("multipart/form-data; boundary=x-1").as_deref(), Some("x-1"));
        assert_eq!(read("Multipart/Form-Data; a=b; Boundary=\"x\"").as_deref(), Some("x"));
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for value in [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=a b",
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/mixed; boundary=x",
            &long,
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
