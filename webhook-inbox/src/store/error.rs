use std::error::Error;
use std::fmt;

use tokio::time::error::Elapsed;
use webhook_core::adapter::Chain;

/// Why a store could not do what it was asked.
pub struct StoreError {
    kind: StoreErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

/// The kind of a [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The database cannot be reached, or did not answer in time. Nothing is known about what was under way.
    Unreachable,
    /// The database refused what it was asked, such as writing to a full disk. Nothing was stored.
    Refused,
    /// The database holds something that this version cannot read.
    Unreadable,
}

impl StoreError {
    /// An error of this kind.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: source.into() }
    }

    /// Returns the kind.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unreachable => "the inbox's database cannot be reached",
            StoreErrorKind::Refused => "the inbox's database refused",
            StoreErrorKind::Unreadable => {
                "the inbox's database holds something that this version cannot read"
            }
        })
    }
}

/// The sentence with its causes, since a `main` that returns it prints this.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}: {}", Chain(&*self.source))
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// A database that does not answer in time.
impl From<Elapsed> for StoreError {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(StoreErrorKind::Unreachable, elapsed)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // PostgreSQL: no connection, too many of them, stopped or starting, or a timeout. SQLite: a statement that was
        // interrupted because it took too long.
        let is_unreachable = |code: &str| {
            ["08", "53300", "57"].iter().any(|class| code.starts_with(class)) || code == "9"
        };
        let kind = match &error {
            sqlx::Error::Database(error)
                if error.code().is_some_and(|code| is_unreachable(&code)) =>
            {
                StoreErrorKind::Unreachable
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => StoreErrorKind::Unreachable,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreErrorKind::Unreadable,
            _ => StoreErrorKind::Refused,
        };
        Self::new(kind, error)
    }
}
