use std::fmt;

use crate::error::{SecretError, SecretErrorKind};

/// The URL that a provider sends to, for providers that sign it.
///
/// What a service sees of its URL is not what the provider signed: proxies end TLS and change hosts, routers
/// cut prefixes. So the URL is given in the configuration, as it is registered with the provider.
///
/// - With a path, as in `https://example.com/hooks/square`, it is taken as it is. The query of the request is
///   added, unless the URL has one itself.
/// - Without a path, as in `https://example.com`, the path and the query of each request are added. For routes
///   that have parameters; not below a router that cuts a prefix.
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
    /// Takes an absolute `http` or `https` URL. It is not normalized: the provider signs its characters.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::InvalidUrl`] for any other text, and for a URL with a fragment.
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

    /// The URL that was signed, for a request with this target (path and query).
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
    /// Without what may be a password in it.
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
    fn only_what_the_url_leaves_open_is_taken_from_the_request() {
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
