use std::time::Duration;

use crate::error::{SecretError, SecretErrorKind};
use crate::keys::SecretText;
use crate::scheme::{MAX_KEYS, PublicUrl};
use crate::verify::Verify;

/// What an endpoint verifies with, before its provider is known as a type.
///
/// ```
/// use webhook_core::providers::{self, Credentials};
/// use webhook_core::{PublicUrl, SecretText};
///
/// let credentials = Credentials::new(SecretText::new("the new one")?)
///     .or_previous(SecretText::new("the old one")?)
///     .for_url(PublicUrl::new("https://example.com/hooks")?);
/// let verify = providers::find("github").unwrap().verifier(&credentials)?;
/// assert_eq!(verify.provider(), "github");
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Credentials {
    current: SecretText,
    previous: Vec<SecretText>,
    url: Option<PublicUrl>,
    tolerance: Option<Duration>,
    signing_key: Option<SecretText>,
}

impl Credentials {
    /// One secret, token or public key.
    pub const fn new(text: SecretText) -> Self {
        Self { current: text, previous: Vec::new(), url: None, tolerance: None, signing_key: None }
    }

    /// Adds one that is being replaced.
    #[must_use]
    pub fn or_previous(mut self, text: SecretText) -> Self {
        self.previous.push(text);
        self
    }

    /// The public URL of the endpoint. Providers that do not sign it ignore it.
    #[must_use]
    pub fn for_url(mut self, url: PublicUrl) -> Self {
        self.url = Some(url);
        self
    }

    /// How far a signed time may be from now. Providers that sign no time ignore it.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// The private key that belongs to a public key, to sign with in tests and simulators: an Ed25519 seed of 32
    /// bytes, encoded as the provider encodes its public keys, or PKCS#8 (PEM, or base64 of DER).
    #[must_use]
    pub fn with_signing_key(mut self, text: SecretText) -> Self {
        self.signing_key = Some(text);
        self
    }

    /// The private key to sign with, if there is one.
    pub const fn signing_key(&self) -> Option<&SecretText> {
        self.signing_key.as_ref()
    }

    /// The current secret, token or key. A secret or token also signs.
    pub const fn current(&self) -> &SecretText {
        &self.current
    }

    /// Those that are being replaced.
    pub fn previous(&self) -> &[SecretText] {
        &self.previous
    }

    /// The public URL of the endpoint.
    pub const fn url(&self) -> Option<&PublicUrl> {
        self.url.as_ref()
    }

    /// How far a signed time may be from now, if that was chosen.
    pub const fn tolerance(&self) -> Option<Duration> {
        self.tolerance
    }

    /// A verifier of your own for each text, in one that accepts what any of them accepts.
    ///
    /// # Errors
    ///
    /// What `read` returns, and if a text is given twice or more than four are.
    pub fn any_of<V: Verify + 'static>(
        &self,
        read: impl Fn(&SecretText) -> Result<V, SecretError>,
    ) -> Result<Box<dyn Verify>, SecretError> {
        let mut known = vec![self.current.as_str()];
        for text in &self.previous {
            if known.len() >= MAX_KEYS {
                return Err(text.error(SecretErrorKind::TooMany));
            }
            if known.contains(&text.as_str()) {
                return Err(text.error(SecretErrorKind::Repeated));
            }
            known.push(text.as_str());
        }
        let current = read(&self.current)?;
        let Some((first, others)) = self.previous.split_first() else {
            return Ok(Box::new(current));
        };
        let two = current.or_verifier(read(first)?);
        let all = others.iter().try_fold(two, |any, text| Ok(any.or_verifier(read(text)?)))?;
        Ok(Box::new(all))
    }
}
