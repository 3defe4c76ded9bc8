use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::keys::Keys;

/// Remembers which deliveries are being handled and which have been.
///
/// Each step is atomic over all keys of a delivery. The conformance suite in `testing` (feature
/// `testing`) says in tests what is said here in words.
///
/// A key belongs to at most one live claim. A claim is live while it is in flight and its lease has not
/// run out, and, once committed, for as long as its keys are kept.
#[cfg_attr(feature = "testing", doc = include_str!("../docs/store.md"))]
pub trait ClaimStore: Send + Sync {
    /// Claims a delivery for `token`, for as long as `lease`.
    ///
    /// - A fingerprint of a live claim: nothing is recorded.
    /// - Else the id of a live claim: the fingerprints are added to that claim, so that this message is
    ///   known again under any id.
    /// - Else there is a new claim, in flight, with all the keys. Keys of claims that are no longer live
    ///   are taken over.
    ///
    /// Asked again with the same token and keys, it answers [`Claim::Ours`] again: a request that was
    /// answered into the void may be repeated.
    fn claim<'a>(&'a self, keys: &'a Keys, token: Token, lease: Duration)
    -> StoreFuture<'a, Claim>;

    /// Commits the claim in flight that `token` holds: from now on its keys are kept for their
    /// retention. `false` if the token holds none, because its lease ran out.
    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool>;

    /// Gives up the claim in flight that `token` holds, with all its keys. Another's is left alone.
    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()>;

    /// Removes the claims that any of the keys belongs to, whatever their state: the next arrival is
    /// handled. For operators. `false` if there was none.
    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool>;

    /// How long committed claims are kept unless the user says otherwise: a week, unless the store says
    /// otherwise.
    fn default_retention(&self) -> Duration {
        Duration::from_secs(7 * 24 * 60 * 60)
    }
}

impl<S: ClaimStore + ?Sized> ClaimStore for Arc<S> {
    fn claim<'a>(
        &'a self,
        keys: &'a Keys,
        token: Token,
        lease: Duration,
    ) -> StoreFuture<'a, Claim> {
        (**self).claim(keys, token, lease)
    }

    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool> {
        (**self).commit(keys, token)
    }

    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()> {
        (**self).release(keys, token)
    }

    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool> {
        (**self).forget(keys)
    }

    fn default_retention(&self) -> Duration {
        (**self).default_retention()
    }
}

/// What a store answers, when it does.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// It is ours: handle the delivery.
    Ours,
    /// The delivery is being handled.
    InFlight,
    /// The delivery has been handled.
    Committed,
}

/// Names the holder of a claim. Random, so that nobody else's is taken for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token([u8; 16]);

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// If the operating system has no randomness to give.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(StoreError::unavailable)?;
        Ok(Self(bytes))
    }
}

/// In lower-case hex.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

/// Why a store gave no answer.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be set up as it was asked to, because of a malformed address, say.
    Misconfigured,
    /// It did not answer. What was asked may have been done all the same.
    Unavailable,
    /// It has no room for another claim, and forgets no live one to make some.
    Full,
}

impl StoreError {
    /// A store that cannot be set up as it was asked to, and why.
    pub fn misconfigured(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Misconfigured, source: Some(source.into()) }
    }

    /// A store that did not answer, and why.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Unavailable, source: Some(source.into()) }
    }

    /// A store without room.
    pub const fn full() -> Self {
        Self { kind: StoreErrorKind::Full, source: None }
    }

    /// What is wrong.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Misconfigured => "the claim store cannot be set up like this",
            StoreErrorKind::Unavailable => "the claim store did not answer",
            StoreErrorKind::Full => "the claim store is full",
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
