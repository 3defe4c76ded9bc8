use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use tower_layer::Layer;
use webhook_core::adapter::{Settings, system_time};
use webhook_core::{Lookup, Rejection, UnixTime, Verify};

use super::{VerifiedBody, VerifyService};
use crate::respond::OnRejection;

/// The layer that lets only authentic requests through.
///
/// It reads the body within a size limit and a timeout, verifies it as it arrives, and hands on the same bytes,
/// with a [`Received`](crate::Received) in the request's extensions. Every other request is answered with a
/// [`Rejection`].
///
/// Put it on the route where one provider's deliveries arrive, with axum's `route_layer`: requests with other
/// methods are then answered 405 by axum. With `layer` they are answered 401, and on a whole `Router` it would
/// guard health checks and other providers' routes too. Two of these around one handler answer 500. A provider
/// that signs its URL is given the public one where its key is made, so that `nest` does not matter.
///
/// It answers the requests by which a provider tries the endpoint out, and no handler sees them. Some are no POST,
/// as the provider's module says: there use `layer` on the route, as in `post(handle).layer(webhook)`.
///
/// Nothing that rewrites or decompresses bodies may come before it. Clones share their settings.
///
/// ```
/// use axum::{Router, http::StatusCode, routing::post};
/// use webhook_tower::{Bytes, VerifyWebhook, axum::Verified, providers::github};
///
/// async fn pushed(Verified(delivery, body): Verified<Bytes>) -> StatusCode {
///     println!("{:?}: {} bytes", delivery.id(), body.len());
///     StatusCode::NO_CONTENT
/// }
///
/// let secret = github::Secret::new("It's a Secret to Everybody")?;
/// let webhook = VerifyWebhook::new(secret).body_limit(256 * 1024);
/// let app: Router = Router::new().route("/github", post(pushed).route_layer(webhook));
/// # Ok::<(), webhook_tower::SecretError>(())
/// ```
pub struct VerifyWebhook<O = VerifiedBody> {
    pub(super) config: Arc<Config>,
    body: PhantomData<fn() -> O>,
}

/// What all clones share.
#[derive(Clone)]
pub(super) struct Config {
    pub(super) settings: Settings,
    pub(super) on_rejection: OnRejection,
    pub(super) look_up: Option<Arc<LookUp>>,
}

type LookUp = dyn Fn(&Parts) -> Lookup + Send + Sync;

impl VerifyWebhook {
    /// Verifies with a provider's secret, or with your own [`Verify`]; an `Arc<dyn Verify>` is one too.
    pub fn new(secret: impl Verify + 'static) -> Self {
        Self::with(Settings::new(secret, system_time), None)
    }

    /// Looks up for each request which endpoint it was sent to, and what verifies it: for services with many secrets,
    /// such as one for each tenant.
    ///
    /// `look_up` sees the head of the request. In an axum app, `axum::extract` reads the parameters of
    /// its path. Requests without an endpoint are refused like those with a wrong signature, and a failed lookup is
    /// answered with 503. All other settings are shared by all endpoints. The handler finds the id of the endpoint in
    /// [`Delivery::endpoint`](webhook_core::Delivery::endpoint), and deliveries are claimed within it.
    ///
    /// A lookup that takes time returns [`Lookup::Later`]. The lookup and the body together are limited by the [timeout of
    /// the body](Self::body_timeout).
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use axum::{Router, extract::Path, http::StatusCode, routing::post};
    /// use webhook_tower::axum::{Verified, extract};
    /// use webhook_tower::secrets::{Endpoint, Lookup};
    /// use webhook_tower::{Bytes, VerifyWebhook, providers::svara};
    ///
    /// async fn handle(Verified(delivery, _): Verified<Bytes>) -> StatusCode {
    ///     println!("for {:?}", delivery.endpoint());
    ///     StatusCode::OK
    /// }
    ///
    /// let acme = Endpoint::new("acme", svara::Secret::new("the secret of acme")?);
    /// let endpoints = HashMap::from([("acme".to_owned(), acme)]);
    /// let unknown = Endpoint::unknown(svara::Secret::new("of nobody")?);
    /// let webhook = VerifyWebhook::per_request(move |parts| {
    ///     let tenant = extract::<Path<String>>(parts).map(|Path(tenant)| tenant);
    ///     let endpoint = tenant.and_then(|tenant| endpoints.get(&tenant)).cloned();
    ///     Lookup::Ready(endpoint).or(&unknown)
    /// });
    /// let app: Router = Router::new().route("/svara/{tenant}", post(handle).route_layer(webhook));
    /// # Ok::<(), webhook_tower::SecretError>(())
    /// ```
    pub fn per_request(look_up: impl Fn(&Parts) -> Lookup + Send + Sync + 'static) -> Self {
        Self::with(Settings::per_request(system_time), Some(Arc::new(look_up)))
    }

    fn with(settings: Settings, look_up: Option<Arc<LookUp>>) -> Self {
        let config = Config { settings, on_rejection: OnRejection::default(), look_up };
        Self { config: Arc::new(config), body: PhantomData }
    }
}

impl<O> VerifyWebhook<O> {
    fn settings_mut(&mut self) -> &mut Settings {
        &mut Arc::make_mut(&mut self.config).settings
    }

    /// Takes bodies of at most `bytes`; 1 MiB unless set. Larger ones are answered 413: unread if they
    /// declare their length, else as soon as that much has come.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings_mut().set_body_limit(bytes);
        self
    }

    /// Gives a body at most `time` to arrive whole; 10 s unless set. Slower ones are answered 408. Outside a
    /// tokio runtime there is no such limit.
    #[cfg(feature = "timeout")]
    #[must_use]
    pub fn body_timeout(mut self, time: std::time::Duration) -> Self {
        self.settings_mut().set_body_timeout(time);
        self
    }

    /// Lets the bodies of all requests through this layer and its clones hold at most `bytes` together, from
    /// their arrival until the handler drops them; no bound unless set.
    ///
    /// The first 16 KiB of each body are not counted, so small deliveries are always taken. When the rest is
    /// used up, the unfinished body that has held most for longest is answered 503 to make room; verified
    /// bodies keep theirs. A body that finds no room because of those is answered 503. Senders retry it.
    #[must_use]
    pub fn max_buffered(mut self, bytes: usize) -> Self {
        self.settings_mut().set_max_buffered(bytes);
        self
    }

    /// Asks `clock` for the time instead of the system. For tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.settings_mut().set_clock(clock);
        self
    }

    /// Answers rejected requests with what `respond` makes, for senders that expect something else.
    #[must_use]
    pub fn on_rejection(
        mut self,
        respond: impl Fn(&Rejection) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.config).on_rejection = OnRejection::new(respond);
        self
    }

    /// Hands on verified bodies as `T` instead of [`VerifiedBody`], for services that expect a body of their
    /// framework's: `axum::body::Body` before axum's `from_fn`, salvo's `ReqBody`.
    ///
    /// ```
    /// use axum::middleware::{Next, from_fn};
    /// use axum::{Router, body::Body, extract::Request, response::Response, routing::post};
    /// use webhook_tower::{VerifyWebhook, providers::github};
    ///
    /// async fn log(request: Request, next: Next) -> Response {
    ///     next.run(request).await
    /// }
    ///
    /// let secret = github::Secret::new("It's a Secret to Everybody")?;
    /// let webhook = VerifyWebhook::new(secret).body_type::<Body>();
    /// let app: Router = Router::new()
    ///     .route("/github", post(|| async {}).route_layer((webhook, from_fn(log))));
    /// # Ok::<(), webhook_tower::SecretError>(())
    /// ```
    #[must_use]
    pub fn body_type<T: From<Bytes>>(self) -> VerifyWebhook<T> {
        VerifyWebhook { config: self.config, body: PhantomData }
    }
}

impl<S, O> Layer<S> for VerifyWebhook<O> {
    type Service = VerifyService<S, O>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService::new(inner, self.clone())
    }
}

impl<O> Clone for VerifyWebhook<O> {
    fn clone(&self) -> Self {
        Self { config: self.config.clone(), body: PhantomData }
    }
}

impl<O> fmt::Debug for VerifyWebhook<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyWebhook")
            .field("settings", &self.config.settings)
            .field("on_rejection", &self.config.on_rejection)
            .finish_non_exhaustive()
    }
}
