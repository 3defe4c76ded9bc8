use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io};

/// Why a secret cannot be used. Names the variable or file it came from, never the secret.
///
/// `Debug` shows the same as `Display`, so that `main` can return it.
pub struct SecretError {
    kind: SecretErrorKind,
    place: Cow<'static, str>,
    /// What an undecodable one should have been.
    expected: &'static str,
    source: Option<io::Error>,
}

/// What is wrong with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretErrorKind {
    /// The environment variable is not set.
    NotSet,
    /// The file could not be read.
    Unreadable,
    /// The variable or file is not valid UTF-8.
    NotText,
    /// The secret is empty, or nothing is left once its prefix is dropped.
    Empty,
    /// The secret begins or ends with white space: most often a copying mistake.
    Padded,
    /// The secret is in quotes.
    Quoted,
    /// The secret still has its variable's name in front of it, as in `NAME=value`.
    Assignment,
    /// The secret is not in the encoding that the provider uses.
    Undecodable,
    /// The same secret is given twice, for example as the current one and as the previous one.
    Repeated,
    /// More than four secrets.
    TooMany,
    /// The public URL is not an absolute `http` or `https` URL.
    InvalidUrl,
    /// The provider signs the URL that it sends to, and none was given.
    UrlRequired,
    /// The provider's keys are fetched, and no source of them was given.
    KeysRequired,
}

impl SecretError {
    /// For hand-written secrets, so that they fail like the others.
    pub const fn new(kind: SecretErrorKind) -> Self {
        Self {
            kind,
            place: Cow::Borrowed("the secret"),
            expected: "what it should be",
            source: None,
        }
    }

    /// What is wrong.
    pub const fn kind(&self) -> SecretErrorKind {
        self.kind
    }

    /// Says whose secret it is, or from which variable or file it was read.
    #[must_use]
    pub fn named(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.place = place.into();
        self
    }

    /// What an undecodable one should have been.
    pub(crate) const fn expecting(mut self, what: &'static str) -> Self {
        self.expected = what;
        self
    }

    pub(crate) fn caused_by(mut self, source: io::Error) -> Self {
        self.source = Some(source);
        self
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            SecretErrorKind::NotSet => "is not set",
            SecretErrorKind::Unreadable => "cannot be read",
            SecretErrorKind::NotText => "is not valid UTF-8",
            SecretErrorKind::Empty => "is empty",
            SecretErrorKind::Padded => "begins or ends with white space",
            SecretErrorKind::Quoted => "is in quotes: remove them",
            SecretErrorKind::Assignment => {
                "still has the variable's name in front of it: keep what is behind the `=`"
            }
            SecretErrorKind::Undecodable => {
                return write!(f, "{} is not valid {}", self.place, self.expected);
            }
            SecretErrorKind::Repeated => {
                "is the same as another: remove it, and add it again once the current one has changed"
            }
            SecretErrorKind::TooMany => "is one too many (maximum 4)",
            SecretErrorKind::InvalidUrl => {
                "needs the public URL that requests are sent to, such as `https://example.com/hook`"
            }
            SecretErrorKind::UrlRequired => {
                "needs the public URL that requests are sent to, because the provider signs it"
            }
            SecretErrorKind::KeysRequired => {
                "needs a source of the provider's public keys: give one with `Credentials::with_keys`"
            }
        };
        write!(f, "{} {what}", self.place)
    }
}

impl fmt::Debug for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SecretError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
