use std::fmt;
use std::time::Duration;

use super::explanation::Explanation;
use super::input::{Credential, Request};
use super::search::Search;
use crate::registry::{Credentials, Entry};
use crate::scheme::PublicUrl;

/// Explains why requests of a provider do not verify. See the [module](super).
#[derive(Clone)]
pub struct Explainer<'a> {
    pub(super) entry: &'a Entry,
    pub(super) credentials: Vec<Credential>,
    pub(super) url: Option<PublicUrl>,
    pub(super) tolerance: Option<Duration>,
    #[cfg(feature = "_public-key")]
    keys: Option<std::sync::Arc<dyn crate::keys::KeySource>>,
}

impl<'a> Explainer<'a> {
    /// Explains for this provider.
    pub const fn new(entry: &'a Entry) -> Self {
        Self {
            entry,
            credentials: Vec::new(),
            url: None,
            tolerance: None,
            #[cfg(feature = "_public-key")]
            keys: None,
        }
    }

    /// Adds a credential. The first is the one in use; the others are tried instead of it.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credentials.push(credential);
        self
    }

    /// The public URL of the endpoint, for providers that sign it.
    #[must_use]
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.url = Some(url);
        self
    }

    /// How far the signed time may be from the time of arrival, if that is not the provider's default.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Where the provider's public keys are found, for providers whose keys are fetched.
    #[cfg(feature = "_public-key")]
    #[must_use]
    pub fn keys(mut self, keys: impl crate::keys::KeySource + 'static) -> Self {
        self.keys = Some(std::sync::Arc::new(keys));
        self
    }

    /// Explains a request.
    pub fn explain(&self, request: &Request) -> Explanation {
        Search::new(self, request).run()
    }

    /// The credentials with what was chosen besides them.
    pub(super) fn completed(&self, mut credentials: Credentials) -> Credentials {
        if let Some(tolerance) = self.tolerance {
            credentials = credentials.with_tolerance(tolerance);
        }
        #[cfg(feature = "_public-key")]
        if let Some(keys) = self.keys.clone() {
            credentials = credentials.with_keys(move |name: &str| keys.find(name));
        }
        credentials
    }
}

/// Shows the provider and the labels of the credentials.
impl fmt::Debug for Explainer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explainer")
            .field("entry", self.entry)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
