use super::Credentials;
use crate::error::SecretError;
use crate::keys::SecretText;
use crate::scheme::PublicUrl;
use crate::timestamp::UnixTime;

/// A genuine request with the credential that verifies it, for an [`Entry`](super::Entry) that cannot sign.
///
/// Its credential is public, such as one from the provider's documentation: it proves nothing but that the entry
/// works.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Sample {
    /// The secret, token or public key.
    pub credential: &'static str,
    /// The public URL of the endpoint, if it is signed.
    pub url: Option<&'static str>,
    /// The request's method.
    pub method: &'static str,
    /// The request target: path and query.
    pub target: &'static str,
    /// The headers that carry the signature, names in lower case.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static [u8],
    /// When it was received.
    pub now: UnixTime,
}

impl Sample {
    /// A body that was posted to `/`, without headers, when time does not matter.
    pub const fn new(credential: &'static str, body: &'static [u8]) -> Self {
        let now = UnixTime::from_secs(0);
        Self { credential, url: None, method: "POST", target: "/", headers: &[], body, now }
    }

    /// The headers that carry the signature, names in lower case.
    #[must_use]
    pub const fn headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// The public URL of the endpoint, and the request's target.
    #[must_use]
    pub const fn url(mut self, url: &'static str, target: &'static str) -> Self {
        (self.url, self.target) = (Some(url), target);
        self
    }

    /// When it was received.
    #[must_use]
    pub const fn at(mut self, now: UnixTime) -> Self {
        self.now = now;
        self
    }

    /// What a verifier for it is made of.
    ///
    /// # Errors
    ///
    /// If the credential or the URL is malformed.
    pub fn credentials(&self) -> Result<Credentials, SecretError> {
        let credentials = Credentials::new(SecretText::new(self.credential)?);
        match self.url {
            Some(url) => Ok(credentials.for_url(PublicUrl::new(url)?)),
            None => Ok(credentials),
        }
    }
}
