use std::fmt;
use std::time::Duration;

use super::Credentials;
use super::retries::Retries;
use crate::error::{SecretError, SignError, SignErrorKind};
use crate::keys::sign_with_private_key;
use crate::provider::{Provider, SchemeProvider};
use crate::scheme::{Outgoing, Part, Scheme, SignedHeaders, Verifier};
use crate::verify::Verify;

/// A provider as a value: what is known about it, and how its verifier is made.
///
/// [`providers::ALL`](crate::providers::ALL) lists this crate's. Make one for a provider of your own to treat
/// it like them, for example in a service that reads its endpoints from a configuration.
///
/// ```
/// use webhook_core::providers::{self, Credentials};
/// use webhook_core::{Bytes, Head, Outgoing, SecretText, UnixTime};
///
/// let voisnap = providers::find("voisnap").unwrap();
/// let credentials = Credentials::new(SecretText::new("whsec_test")?);
/// let (body, now) = (Bytes::from_static(b"{}"), UnixTime::from_secs(1_700_000_000));
///
/// let headers = voisnap.sign(&credentials, &Outgoing::new(&body, now).id("dlv_1"))?;
/// let verify = voisnap.verifier(&credentials)?;
/// assert!(verify.verify(&Head::new("POST", "/", &headers), &body, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Entry {
    name: &'static str,
    title: &'static str,
    credential: &'static str,
    found_at: &'static str,
    documentation: Option<&'static str>,
    retries: Retries,
    deadline_secs: Option<u64>,
    headers: &'static [&'static str],
    handshake: Option<&'static str>,
    method: Method,
}

#[derive(Clone, Copy)]
enum Method {
    Scheme(&'static Scheme),
    Handwritten(Handwritten),
}

/// How a provider without a [`Scheme`] is verified: for its [`Entry`].
#[derive(Clone, Copy)]
pub struct Handwritten {
    /// What is signed, in words: `"url and sorted form"`.
    pub signed: &'static str,
    /// Whether the delivery's id is.
    pub signs_id: bool,
    /// Whether the URL is.
    pub signs_url: bool,
    /// Whether the user holds a public key.
    pub public_key: bool,
    /// How far the signed time may be from now by default, if one is signed.
    pub tolerance: Option<Duration>,
    /// Makes the verifier. [`Credentials::any_of`] makes one for each secret.
    pub verifier: fn(&Credentials) -> Result<Box<dyn Verify>, SecretError>,
    /// Signs as the provider would, if that is possible.
    pub sign: Option<SignFn>,
}

/// Signs a delivery with the current one of the credentials.
pub type SignFn = fn(&Credentials, &Outgoing<'_>) -> Result<SignedHeaders, SignError>;

impl Entry {
    /// A provider that a [`Scheme`] describes. `title` is its name as it writes it itself.
    pub const fn of_scheme<P: SchemeProvider>(title: &'static str) -> Self {
        let scheme = const {
            P::SCHEME.check();
            &P::SCHEME
        };
        Self::new(scheme.name(), title, Method::Scheme(scheme))
    }

    /// A provider with a hand-written [`Verify`].
    pub const fn handwritten<P: Provider>(title: &'static str, how: Handwritten) -> Self {
        Self::new(P::NAME, title, Method::Handwritten(how))
    }

    const fn new(name: &'static str, title: &'static str, method: Method) -> Self {
        Self {
            name,
            title,
            credential: "signing secret",
            found_at: "the provider's webhook settings",
            documentation: None,
            retries: Retries::UNDOCUMENTED,
            deadline_secs: None,
            headers: &[],
            handshake: None,
            method,
        }
    }

    /// What the user holds, such as `"signing secret"`, and where the provider shows it.
    #[must_use]
    pub const fn credential(mut self, what: &'static str, found_at: &'static str) -> Self {
        self.credential = what;
        self.found_at = found_at;
        self
    }

    /// The URL of the provider's documentation.
    #[must_use]
    pub const fn documentation(mut self, url: &'static str) -> Self {
        self.documentation = Some(url);
        self
    }

    /// How often and when the provider sends again, in words, as far as it is documented.
    #[must_use]
    pub const fn retries(mut self, words: &'static str) -> Self {
        self.retries.words = Some(words);
        self
    }

    /// How many seconds the provider waits before each time that it sends again, if it documents exactly that: an empty
    /// slice if it never does. [`retries`](Self::retries) is needed only for words other than those made of this.
    #[must_use]
    pub const fn retries_after(mut self, secs: &'static [u64]) -> Self {
        self.retries.secs = Some(secs);
        self
    }

    /// How many seconds the provider waits for an answer, if that is documented.
    #[must_use]
    pub const fn answered_within(mut self, secs: u64) -> Self {
        self.deadline_secs = Some(secs);
        self
    }

    /// The headers that a hand-written verifier reads, in lower case. Those of a [`Scheme`] are known.
    #[must_use]
    pub const fn reads(mut self, headers: &'static [&'static str]) -> Self {
        self.headers = headers;
        self
    }

    /// How the provider tries an endpoint out before it uses it, in words. Adapters answer that.
    #[must_use]
    pub const fn handshake(mut self, handshake: &'static str) -> Self {
        self.handshake = Some(handshake);
        self
    }

    /// The name in logs, deliveries and records, by which [`find`](crate::providers::find) knows it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name as the provider writes it.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// What the user holds: `"signing secret"`, `"public key"`.
    pub const fn credential_name(&self) -> &'static str {
        self.credential
    }

    /// Where the provider shows it.
    pub const fn credential_location(&self) -> &'static str {
        self.found_at
    }

    /// The URL of the provider's documentation, if it is public.
    pub const fn documentation_url(&self) -> Option<&'static str> {
        self.documentation
    }

    /// How often and when the provider sends again, in words, if that is documented.
    pub fn retry_schedule(&self) -> Option<String> {
        self.retries.in_words()
    }

    /// How long the provider waits before each time that it sends again, from the attempt before. `None` if it does not
    /// document exactly that; empty if it never sends again.
    pub fn retry_delays(&self) -> Option<impl ExactSizeIterator<Item = Duration> + Clone + use<>> {
        self.retries.secs.map(|secs| secs.iter().copied().map(Duration::from_secs))
    }

    /// How long the provider waits for an answer, if that is documented.
    pub const fn deadline(&self) -> Option<Duration> {
        match self.deadline_secs {
            Some(secs) => Some(Duration::from_secs(secs)),
            None => None,
        }
    }

    /// The headers that the provider sends, in lower case and without a fixed order: signatures, the time and the id, what
    /// else is signed, and unsigned hints. Empty if everything is in the body or the URL.
    pub fn headers(&self) -> Vec<&'static str> {
        let mut headers = match self.method {
            Method::Scheme(scheme) => scheme.headers(),
            Method::Handwritten(_) => Vec::new(),
        };
        headers.extend(self.headers);
        headers
    }

    /// How the provider tries an endpoint out before it uses it, if it does.
    pub const fn handshake_description(&self) -> Option<&'static str> {
        self.handshake
    }

    /// What is signed, in words: `"id, time and body"`.
    pub fn signed(&self) -> String {
        match self.method {
            Method::Scheme(scheme) => signed_parts(scheme),
            Method::Handwritten(how) => how.signed.to_owned(),
        }
    }

    /// Whether the signature covers the delivery's id.
    pub const fn signs_id(&self) -> bool {
        match self.method {
            Method::Scheme(scheme) => scheme.signs_id,
            Method::Handwritten(how) => how.signs_id,
        }
    }

    /// Whether the user holds a public key, so that signing takes another, private one.
    pub const fn has_public_key(&self) -> bool {
        match self.method {
            Method::Scheme(scheme) => scheme.algorithm.is_public_key(),
            Method::Handwritten(how) => how.public_key,
        }
    }

    /// Whether a verifier needs the public URL of the endpoint.
    pub const fn signs_url(&self) -> bool {
        match self.method {
            Method::Scheme(scheme) => scheme.signs_url(),
            Method::Handwritten(how) => how.signs_url,
        }
    }

    /// How far the signed time may be from now by default; `None` if no time is signed.
    pub fn default_tolerance(&self) -> Option<Duration> {
        match self.method {
            Method::Scheme(scheme) => scheme.time.map(|rule| rule.tolerance),
            Method::Handwritten(how) => how.tolerance,
        }
    }

    /// The scheme, if one describes the provider.
    #[cfg(feature = "explain")]
    pub(crate) const fn scheme(&self) -> Option<&'static Scheme> {
        match self.method {
            Method::Scheme(scheme) => Some(scheme),
            Method::Handwritten(_) => None,
        }
    }

    /// Makes a verifier.
    ///
    /// # Errors
    ///
    /// If a text is no key of this provider, if one is given twice or more than four are, and if the URL is
    /// missing where it is signed.
    pub fn verifier(&self, credentials: &Credentials) -> Result<Box<dyn Verify>, SecretError> {
        match self.method {
            Method::Scheme(scheme) => Ok(Box::new(scheme_verifier(scheme, credentials)?)),
            Method::Handwritten(how) => (how.verifier)(credentials),
        }
    }

    /// Signs a delivery with the current key, as the provider would; with
    /// [`signing_key`](Credentials::signing_key) where the current key is a public one. `Content-Type` is among the
    /// headers where the verification depends on it.
    ///
    /// # Errors
    ///
    /// [`SignErrorKind::Credentials`] if no verifier can be made of them, and as
    /// [`Verifier::sign`]. [`SignErrorKind::Unsupported`] if this crate cannot sign for the provider.
    pub fn sign(
        &self,
        credentials: &Credentials,
        outgoing: &Outgoing<'_>,
    ) -> Result<SignedHeaders, SignError> {
        match self.method {
            Method::Scheme(scheme) if scheme.algorithm.is_public_key() => {
                let key = credentials.signing_key().ok_or(SignErrorKind::PublicKey)?;
                let key = key.decode(scheme.key).map_err(|_| SignErrorKind::Credentials)?;
                scheme.sign(credentials.url(), outgoing, |message| {
                    let signature = sign_with_private_key(scheme.algorithm, &key, message);
                    signature.ok_or_else(|| SignErrorKind::Credentials.into())
                })
            }
            Method::Scheme(scheme) => scheme_verifier(scheme, credentials)
                .map_err(|_| SignError::from(SignErrorKind::Credentials))?
                .sign(outgoing),
            Method::Handwritten(Handwritten { sign: Some(sign), .. }) => {
                sign(credentials, outgoing)
            }
            Method::Handwritten(_) => Err(SignErrorKind::Unsupported.into()),
        }
    }
}

fn scheme_verifier(
    scheme: &'static Scheme,
    credentials: &Credentials,
) -> Result<Verifier, SecretError> {
    let first = Verifier::new(scheme, credentials.current(), credentials.url().cloned());
    let all = credentials.previous().iter().try_fold(first?, Verifier::or_previous)?;
    Ok(match credentials.tolerance() {
        Some(tolerance) => all.with_tolerance(tolerance),
        None => all,
    })
}

fn signed_parts(scheme: &Scheme) -> String {
    let name = |part: &Part| match part {
        Part::Body => Some("body"),
        Part::Timestamp => Some("time"),
        Part::Id => Some("id"),
        Part::Method => Some("method"),
        Part::Url => Some("url"),
        Part::Header(name) => Some(*name),
        Part::Literal(_) => None,
    };
    let names: Vec<_> = scheme.parts.iter().filter_map(name).collect();
    match &*names {
        [] => "nothing: the header holds the token".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Shows the name.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.name)
    }
}

impl fmt::Debug for Handwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handwritten").field("signed", &self.signed).finish_non_exhaustive()
    }
}
