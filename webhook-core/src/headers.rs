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

    /// [`find`](Self::find) for several names, of which empty ones name no header. `found` comes with
    /// nothing in it. Worth its own code where to look for one header is to look at all.
    fn find_each<'a>(&'a self, names: &[&str], found: &mut [Found<'a>]) {
        for (name, found) in names.iter().zip(found) {
            if !name.is_empty() {
                *found = self.find(name);
            }
        }
    }
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

    /// The values of headers that may stand once. No header has an empty name; `found` comes with nothing
    /// in it.
    pub(crate) fn find_each<const N: usize>(&self, names: &[&str; N], found: &mut [Found<'a>; N]) {
        let used = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        self.headers.find_each(names.split_at(used).0, found);
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
        let mut found = [Ok(None)];
        self.find_each(&[name], &mut found);
        found[0]
    }

    fn find_each<'a>(&'a self, names: &[&str], found: &mut [Found<'a>]) {
        // Most headers are as long as none that is looked for, and need no second look.
        let bit = |name: &str| 1_u64 << (name.len() % 64);
        let lengths = names.iter().fold(0, |lengths, name| lengths | bit(name));
        for (each, value) in self {
            let each = each.as_str();
            if lengths & bit(each) == 0 {
                continue;
            }
            let last = each.as_bytes().last();
            let same = |name: &str| name.as_bytes().last() == last && name == each;
            for (_, found) in names.iter().zip(&mut *found).filter(|(name, _)| same(name)) {
                *found = match found {
                    Ok(None) => Ok(Some(value.as_bytes())),
                    _ => Err(Repeated),
                };
            }
        }
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
        headers.append("y-b", http::HeaderValue::from_static("3"));
        headers.append("content-length", http::HeaderValue::from_static("4"));
        assert_eq!(headers.find("x-a"), Err(Repeated));
        assert_eq!(headers.find("x-b"), Ok(Some(&b"2"[..])));
        assert_eq!(headers.find("x-c"), Ok(None));
        let mut found = [Ok(None); 5];
        headers.find_each(&["y-b", "", "x-a", "x-d", "content-length"], &mut found);
        let [first, second] = [b"3", b"4"].map(|value| Ok(Some(&value[..])));
        assert_eq!(found, [first, Ok(None), Err(Repeated), Ok(None), second]);
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
