use crate::delivery::Labels;
use crate::error::VerifyErrorKind;

/// The one way in which headers are looked up: absent, there once, or refused because repeated.
///
/// Implemented for `http::HeaderMap` (feature `http`) and for slices of pairs. Names are asked for in
/// lower case and must be found in any.
pub trait Headers {
    /// The value of the only header of that name.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if there are several, even with equal values: which one counts is what
    /// intermediaries disagree about.
    fn find(&self, name: &str) -> Found<'_>;
}

/// What stands in a header: nothing, one value, or too many.
pub type Found<'a> = Result<Option<&'a [u8]>, Repeated>;

/// A header that must be single stands more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated;

impl Repeated {
    /// At most one value: what every implementation of [`Headers::find`] ends in.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if there are more.
    pub fn unless_single<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Found<'a> {
        let first = values.next();
        if values.next().is_some() { Err(Self) } else { Ok(first) }
    }
}

/// What a verifier may see of a request before its body.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    method: &'a str,
    target: &'a str,
    headers: &'a dyn Headers,
}

impl<'a> Head<'a> {
    /// `target` is the request target (path and query), for schemes that sign it. Routers that nest may
    /// have cut a prefix from it before an adapter sees it.
    pub const fn new(method: &'a str, target: &'a str, headers: &'a dyn Headers) -> Self {
        Self { method, target, headers }
    }

    /// The request's method.
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The request target: path and query.
    pub const fn target(&self) -> &'a str {
        self.target
    }

    /// The value of a header that may stand once.
    ///
    /// # Errors
    ///
    /// [`Repeated`] if it stands more than once.
    pub fn header(&self, name: &str) -> Found<'a> {
        self.headers.find(name)
    }

    /// The value of a header of your own scheme; `None` if it is missing.
    ///
    /// # Errors
    ///
    /// [`VerifyErrorKind::MalformedSignature`] if it is repeated.
    pub fn single(&self, name: &str) -> Result<Option<&'a [u8]>, VerifyErrorKind> {
        self.header(name).map_err(|Repeated| VerifyErrorKind::MalformedSignature)
    }

    /// The delivery's id in this header, if it is there.
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

    /// The value of a header that your own scheme cannot do without.
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

/// Whether the body travels encoded, so that what was signed is not what it means.
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
    /// Looks at each: for the dozen headers of a request that is quicker than to parse and hash a name.
    fn find(&self, name: &str) -> Found<'_> {
        let mut found = Ok(None);
        for (each, value) in self {
            if each.as_str() == name {
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
    fn equal_values_are_still_repeated() {
        let headers = [("X-A", "1"), ("x-b", "2"), ("x-a", "1")];
        assert_eq!(headers.find("x-a"), Err(Repeated));
        assert_eq!(headers.find("x-b"), Ok(Some(&b"2"[..])));
        assert_eq!(headers.find("x-c"), Ok(None));
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_header_map_answers_alike() {
        let mut headers = http::HeaderMap::new();
        headers.append("X-A", http::HeaderValue::from_static("1"));
        headers.append("x-a", http::HeaderValue::from_static("1"));
        headers.append("x-b", http::HeaderValue::from_static("2"));
        assert_eq!(headers.find("x-a"), Err(Repeated));
        assert_eq!(headers.find("x-b"), Ok(Some(&b"2"[..])));
        assert_eq!(headers.find("x-c"), Ok(None));
    }

    #[test]
    fn only_identity_is_no_encoding() {
        let encoded = |headers: &dyn Headers| is_encoded(headers.find(CONTENT_ENCODING));
        assert!(!encoded(&[("a", "b")]));
        assert!(!encoded(&[("Content-Encoding", "Identity")]));
        assert!(encoded(&[("Content-Encoding", "gzip")]));
        assert!(encoded(&[("Content-Encoding", "identity"), ("content-encoding", "identity")]));
    }
}
