use std::fmt;

use crate::error::{SecretError, SecretErrorKind};

/// The public URL of an endpoint, for providers that sign it.
///
/// A service cannot derive this URL from the request: proxies terminate TLS and change hosts, and routers
/// remove prefixes. So state the URL as it is registered with the provider.
///
/// - With a path, as in `https://example.com/hooks/square`, the URL is used as it is. The query of the
///   request is added, unless the URL has a query itself.
/// - Without a path, as in `https://example.com`, the path and query of each request are added. Use this for
///   routes with parameters, but not inside a router that removes a prefix.
///
/// ```
/// use webhook_core::PublicUrl;
///
/// let url = PublicUrl::new("https://example.com/hooks")?;
/// assert_eq!(url.of_request("/cut?a=1"), "https://example.com/hooks?a=1");
///
/// let origin = PublicUrl::new("https://example.com")?;
/// assert_eq!(origin.of_request("/hooks/7?a=1"), "https://example.com/hooks/7?a=1");
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    has_path: bool,
}

impl PublicUrl {
    /// Parses an absolute `http` or `https` URL. It is not normalized, since the provider signs it as it is
    /// written.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::InvalidUrl`] if the text is not such a URL, or has a fragment.
    pub fn new(url: impl AsRef<str>) -> Result<Self, SecretError> {
        let url = url.as_ref();
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let is_url = |rest: &str| {
            !rest.is_empty()
                && !rest.starts_with(['/', '?'])
                && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        };
        match rest.filter(|rest| is_url(rest)) {
            Some(rest) => Ok(Self { text: url.to_owned(), has_path: rest.contains(['/', '?']) }),
            None => Err(SecretError::new(SecretErrorKind::InvalidUrl)),
        }
    }

    /// Returns the URL that was signed for a request with this target (path and query).
    pub fn of_request(&self, target: &str) -> String {
        let added = match target.find('?') {
            _ if !self.has_path => target,
            Some(query) if !self.text.contains('?') => target.get(query..).unwrap_or_default(),
            _ => "",
        };
        format!("{}{added}", self.text)
    }
}

impl fmt::Debug for PublicUrl {
    /// Does not print the URL, which may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicUrl").field("has_path", &self.has_path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_absolute_and_has_no_fragment() {
        for text in
            ["", "/hook", "example.com", "https://", "https:///x", "ftp://a", "https://a/#b"]
        {
            let error = PublicUrl::new(text).unwrap_err();
            assert_eq!(error.kind(), SecretErrorKind::InvalidUrl, "{text}");
        }
    }

    #[test]
    fn the_request_supplies_only_the_missing_parts_of_the_url() {
        for (url, target, signed) in [
            ("https://a.b", "/c?d=e", "https://a.b/c?d=e"),
            ("https://a.b/", "/c?d=e", "https://a.b/?d=e"),
            ("https://a.b/c", "/x", "https://a.b/c"),
            ("https://a.b/c?f=g", "/x?d=e", "https://a.b/c?f=g"),
            ("https://user:pass@a.b:8443/c", "/x?", "https://user:pass@a.b:8443/c?"),
        ] {
            assert_eq!(PublicUrl::new(url).unwrap().of_request(target), signed, "{url} {target}");
        }
    }
}
