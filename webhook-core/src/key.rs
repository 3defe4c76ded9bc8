use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::{SecretError, SignError, VerifyError};
use crate::headers::Head;
use crate::keys::SecretText;
use crate::provider::{SchemeProvider, SignsTime, SignsUrl};
use crate::scheme::{Outgoing, PublicUrl, Scheme, SignedHeaders, Verifier};
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify};

/// The keys of an endpoint of provider `P`. Each provider names it after what the user holds:
/// `stripe::Secret`, `gitlab_token::Token`, `discord::PublicKey`.
///
/// Decoded and checked when it is made, so that a wrong one fails at start-up. It is never shown: not by
/// `Debug`, not by errors. Verifies with all its keys, [signs](Self::sign) with the first.
///
/// ```
/// use webhook_core::providers::voisnap;
///
/// let secret = voisnap::Secret::new("whsec_the_new_one")?.or_previous("whsec_the_old_one")?;
/// assert_eq!(format!("{secret:?}"), "Key(voisnap, 2)");
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
pub struct Key<P> {
    verifier: Verifier,
    provider: PhantomData<fn() -> P>,
}

impl<P: SchemeProvider> Key<P> {
    /// Compiled in only if the scheme holds together.
    const SCHEME: &'static Scheme = {
        P::SCHEME.check();
        &P::SCHEME
    };

    /// Reads a key from its text, the way the provider means it.
    ///
    /// # Errors
    ///
    /// If the text is empty, begins or ends with white space, is in quotes, still has its variable's name in
    /// front, or is not in the provider's encoding.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::read(&SecretText::of(text.as_ref(), "the secret of", P::SCHEME.name())?)
    }

    /// Reads a key from an environment variable.
    ///
    /// # Errors
    ///
    /// If the variable is missing or not UTF-8, and as [`new`](Self::new). The error names the variable.
    pub fn from_env(variable: &str) -> Result<Self, SecretError> {
        Self::read(&SecretText::from_env(variable)?)
    }

    /// Reads a key from a file, without the newline that secret managers end it with.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not UTF-8, and as [`new`](Self::new). The error names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SecretError> {
        Self::read(&SecretText::from_file(path)?)
    }

    /// Reads a key from a text that was checked already.
    ///
    /// # Errors
    ///
    /// If the text is not in the provider's encoding.
    pub fn read(text: &SecretText) -> Result<Self, SecretError> {
        const { assert!(!P::SCHEME.signs_url(), "the provider signs its URL: use `Key::for_url`") };
        Verifier::new(Self::SCHEME, text, None).map(Self::from_verifier)
    }

    /// Adds a key that is being replaced: requests signed with it are still accepted, and
    /// [`Delivery::key_index`](crate::Delivery::key_index) tells when none are.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), if there are four keys already, or if this is one of them.
    pub fn or_previous(self, text: impl AsRef<str>) -> Result<Self, SecretError> {
        let text = SecretText::of(text.as_ref(), "the previous secret of", P::SCHEME.name())?;
        Ok(Self::from_verifier(self.verifier.or_previous(&text)?))
    }

    /// Signs `body` as the provider would at `now`: the headers to send with it, names in lower case.
    ///
    /// The delivery id is left out where the provider has none. Headers that are not signed, such as the
    /// event's name, are for the caller to add. [`Verifier::sign`] signs more of a request than its body.
    ///
    /// ```
    /// use webhook_core::{Bytes, Head, UnixTime, Verify, providers::voisnap};
    ///
    /// let secret = voisnap::Secret::new("whsec_test")?;
    /// let now = UnixTime::from_secs(1_700_000_000);
    /// let body = Bytes::from_static(br#"{"type":"SessionStarted"}"#);
    /// let headers = secret.sign(&body, now, Some("dlv_1"))?;
    ///
    /// let delivery = secret.verify(&Head::new("POST", "/", &headers), &body, now)?;
    /// assert_eq!(delivery.id(), Some("dlv_1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// For an id that would be refused, or none where one is signed, and if the key is a public key.
    pub fn sign(
        &self,
        body: &[u8],
        now: UnixTime,
        delivery_id: Option<&str>,
    ) -> Result<SignedHeaders, SignError> {
        let outgoing = Outgoing::new(body, now);
        self.verifier.sign(&delivery_id.map_or(outgoing, |id| outgoing.id(id)))
    }

    /// The keys without their provider's type.
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    const fn from_verifier(verifier: Verifier) -> Self {
        Self { verifier, provider: PhantomData }
    }
}

impl<P: SignsTime> Key<P> {
    /// How far the signed time may be from now, in either direction, inclusively. Each second more is a
    /// second in which a captured request can be replayed; each less asks for better clocks.
    ///
    /// Where no time is signed there is no tolerance:
    ///
    /// ```compile_fail,E0599
    /// # use std::time::Duration;
    /// # use webhook_core::providers::samva;
    /// let secret = samva::Secret::new("text").unwrap();
    /// secret.with_tolerance(Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        const { assert!(P::SCHEME.time.is_some(), "a provider that SignsTime has a timestamp") };
        Self::from_verifier(self.verifier.with_tolerance(tolerance))
    }
}

impl<P: SignsUrl> Key<P> {
    /// Reads a key of a provider that signs the URL it sends to. Without the URL such a key cannot be made:
    ///
    /// ```compile_fail,E0080
    /// # use webhook_core::{Key, Part, Scheme, SchemeProvider, SignsUrl};
    /// enum Shop {}
    ///
    /// impl SchemeProvider for Shop {
    ///     const SCHEME: Scheme = Scheme::new("shop", "shop-signature").signs(&[Part::Url, Part::Body]);
    /// }
    /// impl SignsUrl for Shop {}
    ///
    /// let key = Key::<Shop>::new("secret");
    /// ```
    ///
    /// # Errors
    ///
    /// If the URL is not an absolute `http` or `https` URL, and as [`new`](Self::new).
    pub fn for_url(text: impl AsRef<str>, url: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::read_for_url(&SecretText::of(text.as_ref(), "the secret of", P::SCHEME.name())?, url)
    }

    /// The same for a text that was checked already, for example by
    /// [`SecretText::from_env`].
    ///
    /// # Errors
    ///
    /// As [`for_url`](Self::for_url).
    pub fn read_for_url(text: &SecretText, url: impl AsRef<str>) -> Result<Self, SecretError> {
        const { assert!(P::SCHEME.signs_url(), "a provider that SignsUrl has a part that is the URL") };
        let url = PublicUrl::new(url)?;
        Verifier::new(Self::SCHEME, text, Some(url)).map(Self::from_verifier)
    }
}

impl<P: SchemeProvider> Verify for Key<P> {
    fn provider(&self) -> &'static str {
        self.verifier.provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        self.verifier.begin(head, clock)
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        self.verifier.verify(head, body, now)
    }
}

impl<P> Clone for Key<P> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), provider: PhantomData }
    }
}

/// Shows the provider and the number of keys.
impl<P: SchemeProvider> fmt::Debug for Key<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {})", self.verifier.provider(), self.verifier.key_count())
    }
}
