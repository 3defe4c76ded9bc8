use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use webhook_core::{Bytes, Clock, Delivery, Head, UnixTime, Verification, Verify, VerifyError};

/// A verifier that can be replaced while the service runs.
///
/// Its [`Handle`] replaces it in one step: each request is verified with the old one or with the new one. A request whose
/// verification has begun keeps the verifier that it began with. Clones share the verifier.
///
/// Give it to an adapter like any other secret: `VerifyWebhook::new(secret)`.
///
/// ```
/// use webhook_core::providers::voisnap;
/// use webhook_secrets::Rotating;
///
/// let secret = voisnap::Secret::new("whsec_the_old_one")?;
/// let (secret, handle) = Rotating::new(secret);
///
/// // Later, for example when an operator asks for it: accept both.
/// handle.set(voisnap::Secret::new("whsec_the_new_one")?.or_previous("whsec_the_old_one")?);
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
pub struct Rotating<V>(Arc<Shared<V>>);

/// Replaces the verifier of a [`Rotating`]. Clones replace the same one.
pub struct Handle<V>(Arc<Shared<V>>);

struct Shared<V> {
    current: ArcSwap<V>,
    provider: &'static str,
}

impl<V: Verify> Rotating<V> {
    /// Verifies with `verify` until the handle replaces it.
    pub fn new(verify: V) -> (Self, Handle<V>) {
        #[cfg(feature = "metrics")]
        crate::metrics::describe_reloads();
        let provider = verify.provider();
        let shared = Arc::new(Shared { current: ArcSwap::from_pointee(verify), provider });
        (Self(shared.clone()), Handle(shared))
    }
}

impl<V: Verify> Handle<V> {
    /// Replaces the verifier, for all requests whose verification has not begun. Returns whether it is in use now.
    ///
    /// A `Box<dyn Verify>` can belong to another provider than the one in use. The handlers behind it could not read its
    /// deliveries. Such a verifier is dropped and the one in use is kept: `false`. An error is logged, and the metric
    /// `webhook_secret_reloads_total` counts it as `failed`.
    pub fn set(&self, verify: V) -> bool {
        let provider = self.provider();
        let replaced = self.replace(verify);
        let is_replaced = replaced.is_ok();
        #[cfg(feature = "metrics")]
        crate::metrics::count_reload(provider, is_replaced);
        match replaced {
            Ok(()) => tracing::info!(provider, "webhook secret replaced"),
            Err(OtherProvider { other }) => tracing::error!(
                provider,
                other,
                "webhook secret not replaced: the new one belongs to another provider"
            ),
        }
        is_replaced
    }

    /// Returns the verifier in use.
    pub fn get(&self) -> Arc<V> {
        self.0.current.load_full()
    }

    pub(crate) fn provider(&self) -> &'static str {
        self.0.provider
    }

    /// Replaces the verifier, and leaves logs and metrics to the caller.
    pub(crate) fn replace(&self, verify: V) -> Result<(), OtherProvider> {
        let other = verify.provider();
        if other != self.0.provider {
            return Err(OtherProvider { other });
        }
        self.0.current.store(Arc::new(verify));
        Ok(())
    }
}

/// The new verifier belongs to this provider, and not to the one of the verifier in use.
pub(crate) struct OtherProvider {
    pub(crate) other: &'static str,
}

impl<V: Verify> Verify for Rotating<V> {
    fn provider(&self) -> &'static str {
        self.0.provider
    }

    fn begin(&self, head: &Head<'_>, clock: Clock<'_>) -> Result<Verification, VerifyError> {
        self.0.current.load().begin(head, clock)
    }

    fn verify(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        now: UnixTime,
    ) -> Result<Delivery, VerifyError> {
        self.0.current.load().verify(head, body, now)
    }
}

impl<V> Clone for Rotating<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> Clone for Handle<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Shows the provider.
impl<V> fmt::Debug for Rotating<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rotating({})", self.0.provider)
    }
}

/// Shows the provider.
impl<V> fmt::Debug for Handle<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0.provider)
    }
}
