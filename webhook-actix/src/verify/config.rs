use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use webhook_core::adapter::{Settings, system_time};
use webhook_core::{Lookup, Rejection, UnixTime, Verify};

/// How requests are verified: the configuration of [`Verified`](crate::Verified), and a middleware.
///
/// Make it once, outside the factory that `HttpServer::new` runs for every worker, and give clones of it
/// to `app_data` of a resource, a scope or the app; the innermost counts. As it is, not in a `Data`.
///
/// As a middleware, `.wrap(webhook)`, it verifies before other middleware and the handler run, and leaves
/// a [`Received`](crate::Received) in the request's extensions. Wrapped around a resource, it sees requests of
/// every method, also those by which a provider tries the endpoint out. Two of them around one handler answer
/// 500, and so does one beside another configuration as `app_data`.
///
/// Nothing that rewrites or decompresses bodies may stand before it; actix's own limits and decompression
/// do not take part. Clones share their settings.
///
/// A client that sends `Expect: 100-continue` is asked for its body by actix-http before any service sees the
/// request, also if its headers are refused: the body is then not read. `HttpServer` has no setting for it.
/// Servers that are built with `actix_http::HttpService` can answer first, in `HttpServiceBuilder::expect`.
#[derive(Clone)]
pub struct VerifyWebhook(Arc<Config>);

/// What all clones share.
#[derive(Clone)]
struct Config {
    settings: Settings,
    on_rejection: Option<Arc<Respond>>,
    look_up: Option<Arc<LookUp>>,
}

type LookUp = dyn Fn(&HttpRequest) -> Lookup + Send + Sync;
type Respond = dyn Fn(&Rejection) -> HttpResponse + Send + Sync;

impl VerifyWebhook {
    /// Verifies with a provider's secret, or with your own [`Verify`]; an `Arc<dyn Verify>` is one too.
    pub fn new(secret: impl Verify + 'static) -> Self {
        Self::with(Settings::new(secret, system_time), None)
    }

    /// Looks up for each request which endpoint it was sent to, and what verifies it: for services with many secrets,
    /// such as one for each tenant.
    ///
    /// `look_up` sees the head of the request; `match_info` has the parameters of its path. Requests without an endpoint
    /// are refused like those with a wrong signature, and a failed lookup is answered with 503. All other settings are
    /// shared by all endpoints. The handler finds the id of the endpoint in
    /// [`Delivery::endpoint`](webhook_core::Delivery::endpoint), and deliveries are claimed within it.
    ///
    /// A lookup that takes time returns [`Lookup::Later`]. The lookup and the body together are limited by the [timeout of
    /// the body](Self::body_timeout).
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use actix_web::{App, HttpResponse, web};
    /// use webhook_actix::secrets::{Endpoint, Lookup};
    /// use webhook_actix::{Bytes, Verified, VerifyWebhook, providers::svara};
    ///
    /// async fn handle(Verified(delivery, _): Verified<Bytes>) -> HttpResponse {
    ///     println!("for {:?}", delivery.endpoint());
    ///     HttpResponse::Ok().finish()
    /// }
    ///
    /// let acme = Endpoint::new("acme", svara::Secret::new("the secret of acme")?);
    /// let endpoints = HashMap::from([("acme".to_owned(), acme)]);
    /// let unknown = Endpoint::unknown(svara::Secret::new("of nobody")?);
    /// let webhook = VerifyWebhook::per_request(move |request| {
    ///     let endpoint = request.match_info().get("tenant").and_then(|tenant| endpoints.get(tenant));
    ///     Lookup::Ready(endpoint.cloned()).or(&unknown)
    /// });
    /// let app = App::new()
    ///     .service(web::resource("/svara/{tenant}").app_data(webhook).route(web::post().to(handle)));
    /// # Ok::<(), webhook_actix::SecretError>(())
    /// ```
    pub fn per_request(look_up: impl Fn(&HttpRequest) -> Lookup + Send + Sync + 'static) -> Self {
        Self::with(Settings::per_request(system_time), Some(Arc::new(look_up)))
    }

    fn with(settings: Settings, look_up: Option<Arc<LookUp>>) -> Self {
        Self(Arc::new(Config { settings, on_rejection: None, look_up }))
    }

    /// Takes bodies of at most `bytes`; 1 MiB unless set. Larger ones are answered 413: unread if they
    /// declare their length, else as soon as that much has come.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings_mut().set_body_limit(bytes);
        self
    }

    /// Gives a body at most `time` to arrive whole; 10 s unless set. Slower ones are answered 408.
    #[must_use]
    pub fn body_timeout(mut self, time: Duration) -> Self {
        self.settings_mut().set_body_timeout(time);
        self
    }

    /// Lets the bodies of all requests with this configuration and its clones hold at most `bytes` together,
    /// from their arrival until the handler drops them; no bound unless set.
    ///
    /// The first 16 KiB of each body are not counted, so small deliveries are always taken. When the rest is
    /// used up, the unfinished body that has held most for longest is answered 503 to make room; verified
    /// bodies keep theirs. A body that finds no room because of those is answered 503. Senders retry it.
    #[must_use]
    pub fn max_buffered(mut self, bytes: usize) -> Self {
        self.settings_mut().set_max_buffered(bytes);
        self
    }

    /// Asks `clock` for the time, for tests. The default is the system's clock, but never runs backwards:
    /// setting the system's clock back does not make old timestamps fresh again. After the system's clock
    /// was ahead and was corrected, restart the process.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        self.settings_mut().set_clock(clock);
        self
    }

    /// Answers rejected requests with what `respond` makes, for senders that expect something else.
    #[must_use]
    pub fn on_rejection(
        mut self,
        respond: impl Fn(&Rejection) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.0).on_rejection = Some(Arc::new(respond));
        self
    }

    /// Whether both are the same configuration, not just alike.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The endpoint of a request, unless all requests are verified alike.
    pub(crate) fn look_up(&self, request: &HttpRequest) -> Option<Lookup> {
        self.0.look_up.as_ref().map(|look_up| look_up(request))
    }

    /// The response that the user chose for a rejection.
    pub(crate) fn chosen_response(&self, rejection: &Rejection) -> Option<HttpResponse> {
        self.0.on_rejection.as_ref().map(|respond| respond(rejection))
    }

    fn settings_mut(&mut self) -> &mut Settings {
        &mut Arc::make_mut(&mut self.0).settings
    }
}

impl fmt::Debug for VerifyWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyWebhook").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
