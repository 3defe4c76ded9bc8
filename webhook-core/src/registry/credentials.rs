use std::sync::Arc;
use std::time::Duration;

use crate::error::{SecretError, SecretErrorKind};
#[cfg(feature = "_public-key")]
use crate::keys::KeySource;
use crate::keys::SecretText;
use crate::scheme::{MAX_KEYS, PublicUrl};
use crate::verify::{AnyOf, Verify};

/// Makes a verifier of a text.
type Read<'a> = dyn Fn(&SecretText) -> Result<Arc<dyn Verify>, SecretError> + 'a;

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
    verify_token: Option<SecretText>,
    #[cfg(feature = "_public-key")]
    keys: Option<Arc<dyn KeySource>>,
}

impl Credentials {
    /// One secret, token or public key.
    pub const fn new(text: SecretText) -> Self {
        Self {
            current: text,
            previous: Vec::new(),
            url: None,
            tolerance: None,
            signing_key: None,
            verify_token: None,
            #[cfg(feature = "_public-key")]
            keys: None,
        }
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

    /// The token that the provider's unsigned handshake carries, for providers that have one, such as Meta.
    /// Others ignore it.
    #[must_use]
    pub fn with_verify_token(mut self, text: SecretText) -> Self {
        self.verify_token = Some(text);
        self
    }

    /// The token of the handshake, if there is one.
    pub const fn verify_token(&self) -> Option<&SecretText> {
        self.verify_token.as_ref()
    }

    /// Where the provider's public keys are found once they were fetched. Providers whose keys are not fetched
    /// ignore it.
    #[cfg(feature = "_public-key")]
    #[must_use]
    pub fn with_keys(mut self, keys: impl KeySource + 'static) -> Self {
        self.keys = Some(Arc::new(keys));
        self
    }

    /// Where the provider's public keys are found.
    ///
    /// # Errors
    ///
    /// [`SecretErrorKind::KeysRequired`] if that was not given.
    #[cfg(feature = "_public-key")]
    pub fn keys(&self) -> Result<Arc<dyn KeySource>, SecretError> {
        self.keys.clone().ok_or_else(|| self.current.error(SecretErrorKind::KeysRequired))
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

    /// The public URL, for a provider that signs it.
    pub(crate) fn required_url(&self) -> Result<PublicUrl, SecretError> {
        self.url.clone().ok_or_else(|| self.current.error(SecretErrorKind::UrlRequired))
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
        self.any_of_boxed(&|text| Ok(Arc::new(read(text)?)))
    }

    /// The same for all types, so that it is compiled once.
    fn any_of_boxed(&self, read: &Read<'_>) -> Result<Box<dyn Verify>, SecretError> {
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
        if self.previous.is_empty() {
            return Ok(Box::new(current));
        }
        let previous = self.previous.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Box::new(AnyOf::new(current, previous)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::samva;

    #[test]
    fn hand_written_providers_take_four_different_texts() {
        let text = |text: &str| SecretText::new(text).unwrap();
        let any = |credentials: &Credentials| credentials.any_of(samva::Secret::read);
        let kind = |credentials| any(&credentials).err().map(|error| error.kind());
        let two = Credentials::new(text("a")).or_previous(text("b"));
        assert_eq!(kind(two.clone().or_previous(text("a"))), Some(SecretErrorKind::Repeated));
        let four = two.or_previous(text("c")).or_previous(text("d"));
        assert_eq!(kind(four.clone()), None);
        assert_eq!(kind(four.or_previous(text("e"))), Some(SecretErrorKind::TooMany));
    }

    #[cfg(feature = "_public-key")]
    #[test]
    fn a_missing_source_of_keys_is_named() {
        let credentials = Credentials::new(SecretText::new("a").unwrap());
        let error = credentials.keys().err().unwrap();
        assert_eq!(error.kind(), SecretErrorKind::KeysRequired);
        assert!(credentials.with_keys(|_: &str| None).keys().is_ok());
    }
}
