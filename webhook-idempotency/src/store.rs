use std::error::Error;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::keys::{Keys, Note};

/// The maximum number of unsigned ids that belong to one claim.
pub const MAX_IDS: usize = 4;

/// Remembers which deliveries are being handled and which have been handled.
///
/// Each method is one step, which is atomic over all keys of a delivery. A claim is a record with its own identity. It
/// is in one of three states:
///
/// - *in flight*: a token holds it, and its lease has not ended;
/// - *free*: it was released, or its lease has ended;
/// - *committed*.
///
/// A key belongs to at most one claim. It is removed when it expires, or when its claim is forgotten. A claim without
/// keys no longer exists.
///
/// # The claim of a delivery
///
/// The keys of a delivery may belong to several claims. `claim` and `commit` use the committed one; otherwise the one in
/// flight; otherwise the free one. Among several in the same state, they use the one whose key comes first in
/// [`Keys::all`].
///
/// # Joining a claim
///
/// When keys *join* a claim, each key of the delivery that belongs to no claim or to a free one is assigned to this
/// claim, and expires after its retention. Keys that already belong to the claim do not change, unless all keys are
/// *renewed*: then they expire after their retention, counted from now.
///
/// At most [`MAX_IDS`] unsigned ids join a claim. A further one does not join; it means that somebody replays the
/// delivery under made-up ids. From then on the claim is *flooded*: its body key expires after [`Keys::body_retention`],
/// counted from that moment and from each later time at which it joins or is renewed.
#[cfg_attr(feature = "testing", doc = include_str!("../docs/store.md"))]
pub trait ClaimStore: Send + Sync {
    /// Claims a delivery for `token` for the duration of `lease`.
    ///
    /// - If its claim is committed, or in flight and held by another token, the keys join it. Returns
    ///   [`Claim::Committed`] or [`Claim::InFlight`] with the claim's note.
    /// - If its claim is free, or it has none and gets a new one, or if `token` already holds it, `token` holds the claim
    ///   for `lease`, counted from now. All keys join it and are renewed, each for at least the lease. The claim takes
    ///   the keys' note. Returns [`Claim::Ours`].
    ///
    /// So the holder claims again to renew its lease, or to repeat a request whose response was lost. It must not claim
    /// while it releases: a claim that is executed after the release takes the free claim again. A claim that is executed
    /// after the commit returns [`Claim::Committed`].
    ///
    /// # Errors
    ///
    /// If the store is full, or does not answer. In the latter case the claim may have been made.
    fn claim<'a>(&'a self, keys: &'a Keys, token: Token, lease: Duration)
    -> StoreFuture<'a, Claim>;

    /// Commits the delivery that `token` has handled.
    ///
    /// - If one of the keys belongs to a claim in flight that `token` holds, or to one that `token` has committed, that
    ///   claim is committed.
    /// - If another token holds or has committed a claim of one of the keys, nothing changes and `false` is returned.
    ///   The delivery is handled twice.
    /// - Otherwise the claim was lost: its lease ended, or the store forgot it. The delivery's free claim, or a new one,
    ///   is committed.
    ///
    /// All keys join the committed claim and are renewed. The claim takes the keys' note.
    ///
    /// # Errors
    ///
    /// If the store does not answer, or has no room for a claim that it forgot. A commit may be repeated.
    fn commit<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, bool>;

    /// Frees the claim in flight that `token` holds. Claims of other tokens do not change.
    ///
    /// The keys stay, so that a retry belongs to the same claim as the failed attempt.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    fn release<'a>(&'a self, keys: &'a Keys, token: Token) -> StoreFuture<'a, ()>;

    /// Forgets the claims of all keys in any state, with all their keys, so that the next arrival is handled. For
    /// operators. Returns `false` if there was no claim.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    fn forget<'a>(&'a self, keys: &'a Keys) -> StoreFuture<'a, bool>;

    /// Returns whether the store answers now, for a service's readiness probe. A full store answers.
    ///
    /// The default is `Ok` at once, for stores that are always reachable.
    ///
    /// # Errors
    ///
    /// If the store does not answer.
    fn ready(&self) -> StoreFuture<'_, ()> {
        Box::pin(ready(Ok(())))
    }

    /// Returns how long committed claims are kept by default: a week, unless the store overrides it.
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

    fn ready(&self) -> StoreFuture<'_, ()> {
        (**self).ready()
    }

    fn default_retention(&self) -> Duration {
        (**self).default_retention()
    }
}

/// The future that a store returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The result of claiming a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// The claim is ours: handle the delivery.
    Ours,
    /// The delivery is being handled. Contains the note of the claimed delivery.
    InFlight(Note),
    /// The delivery has been handled. Contains the note of the claimed delivery.
    Committed(Note),
}

/// Identifies one attempt to handle a delivery. It is random, so that no two attempts share one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token([u8; 16]);

impl Token {
    /// Creates a new token.
    ///
    /// # Errors
    ///
    /// If the operating system provides no random bytes.
    pub fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(StoreError::unavailable)?;
        Ok(Self(bytes))
    }
}

/// Lower-case hex.
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

/// The reason why a store failed.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kind of a [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store cannot be configured like this, for example because of a malformed URL.
    Misconfigured,
    /// The store did not answer. It may have performed the step nevertheless.
    Unavailable,
    /// The store has no room for another claim and does not forget existing ones. Most of them are in flight or free.
    Full,
    /// Like [`Full`](Self::Full), but most claims are committed. There will be room when their retention ends.
    FullOfCommitted,
}

impl StoreError {
    /// Creates an error for a store that cannot be configured as requested, with the cause.
    pub fn misconfigured(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Misconfigured, source: Some(source.into()) }
    }

    /// Creates an error for a store that did not answer, with the cause.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: StoreErrorKind::Unavailable, source: Some(source.into()) }
    }

    /// Creates an error for a store without room.
    pub const fn full() -> Self {
        Self { kind: StoreErrorKind::Full, source: None }
    }

    /// Creates an error for a store without room because of committed claims.
    pub const fn full_of_committed() -> Self {
        Self { kind: StoreErrorKind::FullOfCommitted, source: None }
    }

    /// Returns the kind of the error.
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Misconfigured => "the claim store is configured wrongly",
            StoreErrorKind::Unavailable => "the claim store did not answer",
            StoreErrorKind::Full => "the claim store is full of uncommitted claims",
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
