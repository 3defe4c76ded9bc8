use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::keys::{Keys, Note};

/// How many unsigned ids belong to one claim at most.
pub const MAX_IDS: usize = 4;

/// Remembers which deliveries are being handled and which have been.
///
/// Each method is one step, atomic over all keys of a delivery. A claim is a record with an identity of its own, and
/// is in one of three states:
///
/// - *in flight*: a token holds it, and its lease has not ended;
/// - *free*: it was released, or its lease has ended;
/// - *committed*.
///
/// A key belongs to at most one claim. It is forgotten when it expires or when its claim is forgotten. A claim without
/// keys is gone.
///
/// # The claim of a delivery
///
/// Of the claims that the delivery's keys belong to, `claim` and `commit` use the one that is committed, else the one
/// in flight, else the free one; of several in the same state, the one whose key comes first in [`Keys::all`].
///
/// # Joining a claim
///
/// When keys *join* a claim, each key of the delivery that belongs to no claim or to a free one from now on belongs to
/// this claim, and expires after its retention. Keys that belong to the claim already do not change, unless all keys
/// are *renewed*: then they expire after their retention, counted from now.
///
/// [`MAX_IDS`] unsigned ids join a claim, and no more: a further one stays where it is. It means that somebody replays
/// the delivery under made-up ids. From then on the claim is *flooded*: its body key, at that moment and whenever it
/// joins or is renewed later, expires after [`Keys::body_retention`].
#[cfg_attr(feature = "testing", doc = include_str!("../docs/store.md"))]
pub trait ClaimStore: Send + Sync {
    /// Claims a delivery for `token`, for as long as `lease`.
    ///
    /// - Its claim is committed or in flight: the keys join it. The answer is [`Claim::Committed`] or
    ///   [`Claim::InFlight`], with the claim's note; [`Claim::Ours`] if `token` holds it, so that a request whose
    ///   answer was lost may be repeated.
    /// - Its claim is free, or it has none and gets a new one: `token` holds the claim until the lease ends. All keys
    ///   join it and are renewed, each for at least as long as the lease. The claim takes the keys' note. The answer
    ///   is [`Claim::Ours`].
    ///
    /// # Errors
    ///
    /// If the store has no room, or does not answer. Then the claim may have been made all the same.
    fn claim<'a>(&'a self, keys: &'a Keys, token: Token, lease: Duration)
    -> StoreFuture<'a, Claim>;

    /// Commits the delivery that `token` has handled.
    ///
    /// - One of the keys belongs to a claim in flight that `token` holds, or to one that `token` has committed: that
    ///   claim is committed.
    /// - Another holds or has committed a claim of one of the keys: nothing changes, and the answer is `false`. The
    ///   delivery is or was handled twice.
    /// - Otherwise the claim was lost: its lease ended, or the store forgot it. The delivery's free claim, or a new
    ///   one, is committed.
    ///
    /// All keys join the claim that was committed, and are renewed. The claim takes the keys' note.
    ///
    /// # Errors
    ///
    /// If the store does not answer, or has no room for a claim that it forgot. A commit may be repeated.
    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool>;

    /// Frees the claim in flight that `token` holds. Its keys stay, so that a retry belongs to the same claim as the
    /// attempt that failed. Others' claims do not change.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()>;

    /// Forgets the claims that any of the keys belongs to, whatever their state, with all their keys: the next arrival
    /// is handled. For operators. `false` if there was none.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
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
    /// The delivery is being handled. With the note of the delivery that was claimed.
    InFlight(Note),
    /// The delivery has been handled. With the note of the delivery that was claimed.
    Committed(Note),
}

/// Identifies one attempt to handle a delivery. Random, so that no other attempt has the same.
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
    /// It did not answer. It may have done what was asked all the same.
    Unavailable,
    /// It has no room for another claim, and forgets none to make some. Most of what it holds is in flight or free.
    Full,
    /// As [`Full`](Self::Full), and most of what it holds is committed: there is room once retentions end.
    FullOfCommitted,
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

    /// A store without room because of committed claims.
    pub const fn full_of_committed() -> Self {
        Self { kind: StoreErrorKind::FullOfCommitted, source: None }
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
            StoreErrorKind::Full => "the claim store is full of claims that are not committed",
            StoreErrorKind::FullOfCommitted => {
                "the claim store is full of committed claims until their retention ends"
            }
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
