use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io};

/// The reason why a secret cannot be used.
///
/// The text names the variable or file that the secret came from, and never contains the secret. `Debug`
/// prints the same text as `Display`, so that `main` can return this error.
pub struct SecretError {
    kind: SecretErrorKind,
    place: Cow<'static, str>,
    /// The format that an undecodable secret should have.
    expected: &'static str,
    source: Option<io::Error>,
}

/// The kind of a [`SecretError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecretErrorKind {
    /// The environment variable is not set.
    NotSet,
    /// The file could not be read.
    Unreadable,
    /// The variable or file is not valid UTF-8.
    NotText,
    /// The secret is empty, or empty after its prefix is removed.
    Empty,
    /// The secret begins or ends with white space, most often because of a copying mistake.
    Padded,
    /// The secret contains a control character, such as a zero or a line break, and is no PEM text.
    ControlCharacter,
    /// The secret is in quotes.
    Quoted,
    /// The secret starts with its variable's name, as in `NAME=value`.
    Assignment,
    /// The secret does not have the encoding that the provider uses.
    Undecodable,
    /// The same secret is given twice, for example as the current and as the previous one.
    Repeated,
    /// There are more than four secrets.
    TooMany,
    /// The public URL is not an absolute `http` or `https` URL.
    InvalidUrl,
    /// The provider signs the URL of the endpoint, and no URL is given.
    UrlRequired,
    /// The provider's keys are fetched, and no source of them was given.
    KeysRequired,
}

impl SecretError {
    /// Creates an error for a hand-written secret type.
    pub const fn new(kind: SecretErrorKind) -> Self {
        Self {
            kind,
            place: Cow::Borrowed("the secret"),
            expected: "what it should be",
            source: None,
        }
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> SecretErrorKind {
        self.kind
    }

    /// Names the secret in the error text: its owner, or the variable or file that it was read from.
    #[must_use]
    pub fn named(mut self, place: impl Into<Cow<'static, str>>) -> Self {
        self.place = place.into();
        self
    }

    /// Names the format that an undecodable secret should have.
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
            SecretErrorKind::ControlCharacter => "contains a control character",
            SecretErrorKind::Quoted => "is in quotes: remove them",
            SecretErrorKind::Assignment => {
                "starts with the variable's name: keep only the part after the `=`"
            }
            SecretErrorKind::Undecodable => {
                return write!(f, "{} is not {}", self.place, self.expected);
            }
            SecretErrorKind::Repeated => "equals another secret: remove it until the next rotation",
            SecretErrorKind::TooMany => "is one secret too many (maximum 4)",
            SecretErrorKind::InvalidUrl => {
                "needs a public URL that is absolute, such as `https://example.com/hook`"
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
