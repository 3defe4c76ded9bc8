use crate::delivery::Labels;
use crate::error::VerifyErrorKind;

/// Looks up a header by name and refuses repeated ones.
///
/// Implemented for `http::HeaderMap` (feature `http`) and for slices of pairs. Callers pass names in lower
/// case; implementations compare them case-insensitively.
pub trait Headers {
    /// Returns the value of the header `name`, or `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if the request has several headers of that name, even with equal values. Intermediaries
    /// disagree about which of them counts.
    fn find(&self, name: &str) -> Found<'_>;
}

/// The result of looking up a header: missing, one value, or repeated.
pub type Found<'a> = Result<Option<&'a [u8]>, Repeated>;

/// A header that may occur once occurs several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated;

impl Repeated {
    /// Returns the only value, or `None` if there is none. Use it to implement [`Headers::find`].
    ///
    /// # Errors
    ///
    /// [`Repeated`] if there is more than one value.
    pub fn unless_single<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Found<'a> {
        let first = values.next();
        if values.next().is_some() { Err(Self) } else { Ok(first) }
    }
}

/// The part of a request that a verifier reads before the body.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    method: &'a str,
    target: &'a str,
    headers: &'a dyn Headers,
}

impl<'a> Head<'a> {
    /// Creates a head.
    ///
    /// `target` is the request target (path and query), which some schemes sign. A nested router may have
    /// removed a prefix from it before an adapter sees it.
    pub const fn new(method: &'a str, target: &'a str, headers: &'a dyn Headers) -> Self {
        Self { method, target, headers }
    }

    /// Returns the request method.
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// Returns the request target: path and query.
    pub const fn target(&self) -> &'a str {
        self.target
    }

    /// Returns the value of a header, or `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if the header occurs more than once.
    pub fn header(&self, name: &str) -> Found<'a> {
        self.headers.find(name)
    }

    /// Returns the value of an optional header of your own scheme, or `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::MalformedSignature`] if it is repeated.
    pub fn single(&self, name: &str) -> Result<Option<&'a [u8]>, VerifyErrorKind> {
        self.header(name).map_err(|Repeated| VerifyErrorKind::MalformedSignature)
    }

    /// Returns the delivery's id from this header, or `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::InvalidDeliveryId`] if it is repeated, empty, over 255 bytes or not visible ASCII.
    pub fn delivery_id(&self, name: &str) -> Result<Option<&'a str>, VerifyErrorKind> {
        match self.header(name) {
            Ok(None) => Ok(None),
            Ok(Some(id)) if Labels::is_readable(id) => {
                std::str::from_utf8(id).map(Some).map_err(|_| VerifyErrorKind::InvalidDeliveryId)
            }
            _ => Err(VerifyErrorKind::InvalidDeliveryId),
        }
    }

    /// Returns the value of a required header of your own scheme.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::MissingSignature`] if it is missing, and
    /// [`VerifyErrorKind::MalformedSignature`] if it is repeated.
    pub fn required(&self, name: &str) -> Result<&'a [u8], VerifyErrorKind> {
        self.single(name)?.ok_or(VerifyErrorKind::MissingSignature)
    }
}

pub(crate) const CONTENT_ENCODING: &str = "content-encoding";

/// Returns whether the body has a content coding, so that the signed bytes differ from the content.
pub(crate) fn is_encoded(content_encoding: Found<'_>) -> bool {
    match content_encoding {
        Ok(None) => false,
        Ok(Some(coding)) => !coding.eq_ignore_ascii_case(b"identity"),
        Err(Repeated) => true,
    }
}

/// Shows the method only: headers and query strings carry signatures and tokens.
impl std::fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("method", &self.method).finish_non_exhaustive()
    }
}

impl<H: Headers + ?Sized> Headers for &H {
    fn find(&self, name: &str) -> Found<'_> {
        (**self).find(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn find(&self, name: &str) -> Found<'_> {
        Repeated::unless_single(
            self.iter()
                .filter(|(each, _)| each.as_ref().eq_ignore_ascii_case(name))
                .map(|(_, value)| value.as_ref()),
        )
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn find(&self, name: &str) -> Found<'_> {
        self.as_slice().find(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> Headers for [(N, V); LEN] {
    fn find(&self, name: &str) -> Found<'_> {
        self.as_slice().find(name)
    }
}

#[cfg(feature = "http")]
impl Headers for http::HeaderMap {
    /// A linear search is faster than parsing and hashing a name for the dozen headers of a request.
    /// Names of equal length mostly differ in their last byte.
    fn find(&self, name: &str) -> Found<'_> {
        if name == CONTENT_ENCODING {
            // Its hash is that of a number, and it is rarely there.
            let values = self.get_all(http::header::CONTENT_ENCODING).iter();
            return Repeated::unless_single(values.map(http::HeaderValue::as_bytes));
        }
        let name = name.as_bytes();
        let mut found = Ok(None);
        for (each, value) in self {
            let each = each.as_str().as_bytes();
            if each.len() == name.len() && each.last() == name.last() && each == name {
                found = match found {
                    Ok(None) => Ok(Some(value.as_bytes())),
                    _ => Err(Repeated),
                };
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_headers_are_refused_even_with_equal_values() {
        let headers = [("X-A", "1"), ("x-b", "2"), ("x-a", "1")];
        assert_eq!(headers.find("x-a"), Err(Repeated));
        assert_eq!(headers.find("x-b"), Ok(Some(&b"2"[..])));
        assert_eq!(headers.find("x-c"), Ok(None));
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_header_map_gives_the_same_results_as_a_slice() {
        let mut headers = http::HeaderMap::new();
        headers.append("X-A", http::HeaderValue::from_static("1"));
        headers.append("x-a", http::HeaderValue::from_static("1"));
        headers.append("x-b", http::HeaderValue::from_static("2"));
        assert_eq!(headers.find("x-a"), Err(Repeated));
        assert_eq!(headers.find("x-b"), Ok(Some(&b"2"[..])));
        assert_eq!(headers.find("x-c"), Ok(None));
    }

    #[test]
    fn every_content_encoding_but_identity_is_an_encoding() {
        let encoded = |headers: &dyn Headers| is_encoded(headers.find(CONTENT_ENCODING));
        assert!(!encoded(&[("a", "b")]));
        assert!(!encoded(&[("Content-Encoding", "Identity")]));
        assert!(encoded(&[("Content-Encoding", "gzip")]));
        assert!(encoded(&[("Content-Encoding", "identity"), ("content-encoding", "identity")]));
    }
}
