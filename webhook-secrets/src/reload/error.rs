use std::error::Error;
use std::path::Path;
use std::{fmt, io};

use webhook_core::{SecretError, SecretErrorKind};

/// The reason why the secrets in a file cannot be used.
///
/// The text names the file and never contains any of it. `Debug` prints the same text as `Display`, so that `main` can
/// return this error.
pub struct ReloadError {
    path: Box<Path>,
    cause: Cause,
}

/// The kind of a [`ReloadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReloadErrorKind {
    /// The file could not be read. It may not exist.
    Unreadable,
    /// The file is longer than 64 KiB.
    TooLarge,
    /// The file is not valid UTF-8.
    NotText,
    /// The file contains no secret.
    Empty,
    /// A PEM block begins and does not end, as in a file that is half written.
    UnfinishedPem,
    /// A secret in the file cannot be used.
    Secret(SecretErrorKind),
    /// The new verifier belongs to another provider than the one in use.
    OtherProvider,
    /// The function that makes the verifier panicked.
    Panicked,
}

pub(super) enum Cause {
    Unreadable(io::Error),
    TooLarge { limit: usize },
    NotText,
    Empty,
    UnfinishedPem { line: usize },
    Secret(SecretError),
    OtherProvider { other: &'static str },
    Panicked,
}

impl ReloadError {
    pub(super) fn new(path: &Path, cause: Cause) -> Self {
        Self { path: path.into(), cause }
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> ReloadErrorKind {
        match &self.cause {
            Cause::Unreadable(_) => ReloadErrorKind::Unreadable,
            Cause::TooLarge { .. } => ReloadErrorKind::TooLarge,
            Cause::NotText => ReloadErrorKind::NotText,
            Cause::Empty => ReloadErrorKind::Empty,
            Cause::UnfinishedPem { .. } => ReloadErrorKind::UnfinishedPem,
            Cause::Secret(error) => ReloadErrorKind::Secret(error.kind()),
            Cause::OtherProvider { .. } => ReloadErrorKind::OtherProvider,
            Cause::Panicked => ReloadErrorKind::Panicked,
        }
    }

    /// Returns the path of the file.
    pub const fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.path.display())?;
        match &self.cause {
            Cause::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Cause::TooLarge { limit } => write!(f, "is longer than {limit} bytes"),
            Cause::NotText => f.write_str("is not valid UTF-8"),
            Cause::Empty => f.write_str("contains no secret"),
            Cause::UnfinishedPem { line } => {
                write!(f, "cannot be used: the PEM block in line {line} has no end")
            }
            Cause::Secret(error) => write!(f, "cannot be used: {error}"),
            Cause::OtherProvider { other } => {
                write!(f, "cannot be used: its secrets belong to another provider, `{other}`")
            }
            Cause::Panicked => {
                f.write_str("cannot be used: the function that makes the verifier panicked")
            }
        }
    }
}

impl fmt::Debug for ReloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for ReloadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Unreadable(error) => Some(error),
            Cause::Secret(error) => Some(error),
            _ => None,
        }
    }
}
