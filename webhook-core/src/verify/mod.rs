//! The seam between how a provider signs and how a framework reads.

mod any_of;
mod check;
mod checked;
mod deciding;
mod plain_digest;
mod unknown;
mod verification;

pub use any_of::AnyOf;
pub use check::Check;
pub use checked::Checked;
pub use verification::Verification;

pub(crate) use deciding::by_body;
#[cfg(feature = "serde")]
pub(crate) use deciding::by_sha256;
pub(crate) use plain_digest::{PlainDigest, plain_digest};
pub(crate) use unknown::{Nobody, Unknown};

use std::sync::Arc;

use bytes::Bytes;

use crate::clock::Clock;
use crate::delivery::Delivery;
use crate::error::VerifyError;
use crate::headers::Head;
use crate::timestamp::UnixTime;

/// Verifies requests: a provider's key, or your own scheme.
///
/// Every [`Key`](crate::Key) is one. Object-safe: adapters hold an `Arc<dyn Verify>`.
///
/// A plain string is not a verifier: each provider decodes its secrets differently.
///
/// ```compile_fail,E0277
/// # use webhook_core::{UnixTime, adapter::Settings};
/// Settings::new("whsec_text", || UnixTime::from_secs(0));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot verify webhooks",
    label = "not a secret of a provider",
    note = "the provider decides how its secret is read: `providers::voisnap::Secret::new(text)?`"
)]
pub trait Verify: Send + Sync {
    /// The provider's name, as it appears in logs and in every [`Delivery`].
    fn provider(&self) -> &'static str;

    /// Judges the head and returns the verification that the body is fed to. Asks the clock only if the
    /// provider signs the time.
    ///
    /// # Errors
    ///
    /// What is wrong with the head: no body could make this request authentic.
    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError>;

    /// Verifies a request whose body is complete. A signed handshake is a delivery here, too: call
    /// [`begin`](Self::begin) and [`finish`](Verification::finish) to answer handshakes.
    ///
    /// # Errors
    ///
    /// What is wrong with the request.
    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        self.begin(head, Clock::at(now))?.finish(body)?.into_delivery()
    }

    /// Accepts requests that `previous` verifies too, while a key is being replaced.
    /// [`Delivery::key_index`] counts through both. For verifiers of your own: a [`Key`](crate::Key) has its
    /// own `or_previous`, which takes the previous secret's text.
    fn or_verifier(self, previous: impl Verify + 'static) -> AnyOf
    where
        Self: Sized + 'static,
    {
        AnyOf::new(Arc::new(self), vec![Arc::new(previous)])
    }
}

impl<V: Verify + ?Sized> Verify for Arc<V> {
    fn provider(&self) -> &'static str {
        (**self).provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        (**self).begin(head, clock)
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        (**self).verify(head, body, now)
    }
}

impl<V: Verify + ?Sized> Verify for Box<V> {
    fn provider(&self) -> &'static str {
        (**self).provider()
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        (**self).begin(head, clock)
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        (**self).verify(head, body, now)
    }
}
