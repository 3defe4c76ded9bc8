use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fmt, fs};

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::delivery::Delivery;
use crate::engine::{Claim, HmacCheck};
use crate::error::{SecretError, SecretErrorKind, VerifyError};
use crate::few::Few;
use crate::headers::Head;
use crate::mac::Mac;
use crate::scheme::Scheme;
use crate::timestamp::UnixTime;
use crate::verify::{Verification, Verify};

/// How many secrets one endpoint may have: the current one and those it replaces. Every request is
/// hashed under each.
pub const MAX_SECRETS: usize = 4;

/// A service that signs by a [`Scheme`]. Implemented by an empty `enum`, which stands for it in types.
pub trait Provider: 'static {
    /// How it signs.
    const SCHEME: Scheme;
}

/// A provider that signs the time, so that [`Secret::with_tolerance`] means something.
pub trait SignsTime: Provider {}

/// The secrets of an endpoint of provider `P`.
///
/// Decoded and checked when it is made, so that a wrong one fails at start-up. It is never shown: not by
/// `Debug`, not by errors. Verifies with all its secrets, [signs](Self::sign) with the first.
///
/// ```
/// use webhook_core::providers::voisnap;
///
/// let secret = voisnap::Secret::new("whsec_the_new_one")?.or_previous("whsec_the_old_one")?;
/// assert_eq!(format!("{secret:?}"), "Secret(voisnap, 2)");
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
pub struct Secret<P> {
    keys: Arc<Few<Mac>>,
    tolerance: Option<Duration>,
    provider: PhantomData<fn() -> P>,
}

impl<P: Provider> Secret<P> {
    /// Compiled in only if the scheme holds together.
    pub(crate) const SCHEME: &'static Scheme = {
        P::SCHEME.check();
        &P::SCHEME
    };

    /// Reads a secret from its text, the way the provider means it.
    ///
    /// # Errors
    ///
    /// If the text is empty, begins or ends with white space, or is not in the provider's encoding.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        let keys = Few::new(expand(Self::SCHEME, text.as_ref())?);
        Ok(Self { keys: Arc::new(keys), tolerance: None, provider: PhantomData })
    }

    /// Reads a secret from an environment variable.
    ///
    /// # Errors
    ///
    /// If the variable is missing or not UTF-8, or as [`new`](Self::new). The error names the variable.
    pub fn from_env(variable: &str) -> Result<Self, SecretError> {
        env::var(variable)
            .map(Zeroizing::new)
            .map_err(|error| match error {
                env::VarError::NotPresent => SecretError::new(SecretErrorKind::NotSet),
                env::VarError::NotUnicode(_) => SecretError::new(SecretErrorKind::NotText),
            })
            .and_then(|text| Self::new(text.as_str()))
            .map_err(|error| error.named(variable.to_owned()))
    }

    /// Reads a secret from a file, without the newline that secret managers end it with.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is not UTF-8, or as [`new`](Self::new). The error names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, SecretError> {
        let path = path.as_ref();
        fs::read(path)
            .map(Zeroizing::new)
            .map_err(|error| SecretError::new(SecretErrorKind::Unreadable).caused_by(error))
            .and_then(|bytes| {
                let text = std::str::from_utf8(&bytes)
                    .map_err(|_| SecretError::new(SecretErrorKind::NotText))?;
                let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
                Self::new(line.unwrap_or(text))
            })
            .map_err(|error| error.named(path.display().to_string()))
    }

    /// Adds a secret that is being replaced: requests signed with it are still accepted, and
    /// [`Delivery::key_index`](crate::Delivery::key_index) tells when none are.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), if there are [`MAX_SECRETS`] already, and if one of them is the same: then
    /// nothing is being rotated.
    pub fn or_previous(mut self, text: impl AsRef<str>) -> Result<Self, SecretError> {
        if self.keys.len() >= MAX_SECRETS {
            return Err(SecretError::new(SecretErrorKind::TooMany));
        }
        let key = expand(Self::SCHEME, text.as_ref())?;
        if self.keys.iter().any(|known| is_same(known, &key)) {
            let place = format!("the previous secret of {}", Self::SCHEME.name);
            return Err(SecretError::new(SecretErrorKind::Repeated).named(place));
        }
        Arc::make_mut(&mut self.keys).push(key);
        Ok(self)
    }

    /// The key that signs.
    pub(crate) fn current(&self) -> &Mac {
        self.keys.first()
    }
}

impl<P: SignsTime> Secret<P> {
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
    pub const fn with_tolerance(mut self, tolerance: Duration) -> Self {
        const { assert!(P::SCHEME.time.is_some(), "a provider that SignsTime has a timestamp") };
        self.tolerance = Some(tolerance);
        self
    }
}

impl<P: Provider> Verify for Secret<P> {
    fn provider(&self) -> &'static str {
        Self::SCHEME.name
    }

    fn judges_time(&self) -> bool {
        Self::SCHEME.judges_time()
    }

    fn begin(&self, head: &Head<'_>, now: UnixTime) -> Result<Verification, VerifyError> {
        let mut check = HmacCheck::new(Claim::new(Self::SCHEME), self.keys.clone());
        check.claim.read(head, self.tolerance, now)?;
        Ok(Verification::hmac(check))
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        let mut claim = Claim::new(Self::SCHEME);
        claim.read(head, self.tolerance, now)?;
        claim.decide(&self.keys, body.clone())
    }
}

impl<P> Clone for Secret<P> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), tolerance: self.tolerance, provider: PhantomData }
    }
}

/// Shows the provider and the number of secrets.
impl<P: Provider> fmt::Debug for Secret<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, {})", P::SCHEME.name, self.keys.len())
    }
}

/// The text's key, expanded once so that requests start behind its first block.
fn expand(scheme: &Scheme, text: &str) -> Result<Mac, SecretError> {
    let wrong = |kind| SecretError::new(kind).named(format!("the secret of {}", scheme.name));
    if text.trim().is_empty() {
        return Err(wrong(SecretErrorKind::Empty));
    }
    if text.trim() != text || text.starts_with('\u{feff}') {
        return Err(wrong(SecretErrorKind::Padded));
    }
    let key = scheme.key.decode(text).ok_or_else(|| wrong(SecretErrorKind::Undecodable))?;
    if key.is_empty() {
        return Err(wrong(SecretErrorKind::Empty));
    }
    Mac::new(scheme.algorithm, &key).ok_or_else(|| wrong(SecretErrorKind::Undecodable))
}

/// Whether two keys sign alike. Their MACs of one text tell, so that no key has to be kept for it.
fn is_same(one: &Mac, other: &Mac) -> bool {
    let tag = |key: &Mac| key.tag(std::iter::once(&b"the same key?"[..]));
    tag(one).matches(&tag(other)).into()
}
