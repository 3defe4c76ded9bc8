//! Endpoints that a service finds for each request, such as those of its tenants.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::verify::{Unknown, Verify};

/// One of several endpoints that share a route: its id, and what verifies its requests.
///
/// The id separates the deliveries of different endpoints: in claims, logs and metrics. It is the service's own
/// name for the endpoint, not a text that a stranger chose. Clones are cheap.
///
/// ```
/// use webhook_core::{Endpoint, providers::stripe};
///
/// let secret = stripe::Secret::new("whsec_of_acme")?;
/// let endpoint = Endpoint::new("acme", secret);
/// assert_eq!(endpoint.id(), Some("acme"));
/// # Ok::<(), webhook_core::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Endpoint {
    id: Option<Arc<str>>,
    verify: Arc<dyn Verify>,
}

impl Endpoint {
    /// Creates an endpoint with this id.
    pub fn new(id: impl Into<Arc<str>>, verify: impl Verify + 'static) -> Self {
        Self { id: Some(id.into()), verify: Arc::new(verify) }
    }

    /// Creates the endpoint of requests to an endpoint that does not exist. It refuses each request as `verify` refuses
    /// a request that is signed with a wrong secret, even if `verify` accepts it.
    ///
    /// Give it a verifier of the provider that the request seems to come from. Its secret does not matter. Strangers then
    /// get the same answers as from an endpoint that exists, in the same time, with these exceptions: a provider that is
    /// answered with its key before it has signed anything, an endpoint with a previous secret, which computes
    /// one more MAC, and a lookup that answers 503 or takes longer for the one than for the other.
    ///
    /// ```
    /// use webhook_core::{Endpoint, Lookup, providers::stripe};
    ///
    /// let unknown = Endpoint::unknown(stripe::Secret::new("of nobody")?);
    /// let of_tenant = |tenant: &str| -> Option<Endpoint> {
    ///     // Look it up.
    /// #   None
    /// };
    /// let lookup = Lookup::from(of_tenant("acme")).or(&unknown);
    /// # Ok::<(), webhook_core::SecretError>(())
    /// ```
    pub fn unknown(verify: impl Verify + 'static) -> Self {
        Self { id: None, verify: Arc::new(Unknown(verify)) }
    }

    /// Returns the id, or `None` for an [unknown](Self::unknown) endpoint.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(crate) const fn shared_id(&self) -> Option<&Arc<str>> {
        self.id.as_ref()
    }

    /// Returns what verifies its requests.
    pub const fn verify(&self) -> &Arc<dyn Verify> {
        &self.verify
    }
}

/// Shows the id and the provider.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.verify.provider();
        f.debug_struct("Endpoint").field("id", &self.id).field("provider", &provider).finish()
    }
}

/// The endpoint of a request, now or later.
///
/// A request to an endpoint that does not exist is answered like one with a wrong signature: 401 `invalid signature`
/// after its body was read and a MAC computed. A failed lookup is answered with 503.
pub enum Lookup {
    /// The endpoint is known now. `None` means that it does not exist.
    Ready(Option<Endpoint>),
    /// The endpoint is being looked up. The time that a body may take limits the lookup and the body together.
    Later(LookupFuture),
}

/// The future of [`Lookup::Later`]. It cannot hold the request's head: take what it needs before it is created.
pub type LookupFuture =
    Pin<Box<dyn Future<Output = Result<Option<Endpoint>, Box<dyn Error + Send + Sync>>> + Send>>;

impl Lookup {
    /// Looks the endpoint up in this future.
    pub fn later<E: Into<Box<dyn Error + Send + Sync>>>(
        lookup: impl Future<Output = Result<Option<Endpoint>, E>> + Send + 'static,
    ) -> Self {
        Self::Later(Box::pin(async { lookup.await.map_err(Into::into) }))
    }

    /// Fails: the request is answered with 503, and the log says why. For a mistake in the set-up, such as a route without
    /// the parameter that names the endpoint.
    pub fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let error = error.into();
        Self::Later(Box::pin(async { Err(error) }))
    }

    /// Uses `other` if the endpoint does not exist: an [unknown](Endpoint::unknown) one of the provider.
    #[must_use]
    pub fn or(self, other: &Endpoint) -> Self {
        match self {
            Self::Ready(found) => Self::Ready(found.or_else(|| Some(other.clone()))),
            Self::Later(lookup) => {
                let other = other.clone();
                Self::Later(Box::pin(async { Ok(lookup.await?.or(Some(other))) }))
            }
        }
    }
}

impl From<Endpoint> for Lookup {
    fn from(endpoint: Endpoint) -> Self {
        Self::Ready(Some(endpoint))
    }
}

impl From<Option<Endpoint>> for Lookup {
    fn from(found: Option<Endpoint>) -> Self {
        Self::Ready(found)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(found) => f.debug_tuple("Ready").field(found).finish(),
            Self::Later(_) => f.debug_tuple("Later").finish_non_exhaustive(),
        }
    }
}
