use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tower_layer::Layer;
use webhook_core::adapter::Settings;
use webhook_core::{Rejection, UnixTime, Verify};

use crate::clock;
use crate::respond::OnRejection;
use crate::service::VerifyService;

/// The layer that lets only authentic requests through.
///
/// It reads the body within a limit and a time, verifies it while it comes, and hands on a
/// [`VerifiedBody`](crate::VerifiedBody) of the same bytes, with the [`Delivery`](crate::Delivery) in the
/// request's extensions. Every other request is answered with a [`Rejection`].
///
/// Put it on the route, where one provider's deliveries arrive: `post(handler).layer(..)` in axum, or
/// `route_layer`, which leaves requests with other methods to axum (`layer` answers them 401). On a whole
/// `Router` it would guard health checks and other providers' routes too. Two of these around one handler
/// answer 500. A scheme that signs the target sees it without the prefixes that `nest` cuts.
///
/// Nothing that rewrites or decompresses bodies may stand before it. Clones share their settings.
#[derive(Debug, Clone)]
pub struct VerifyWebhook {
    pub(crate) settings: Arc<Settings>,
    pub(crate) on_rejection: OnRejection,
}

impl VerifyWebhook {
    /// Verifies with a provider's secret, or with your own [`Verify`]; an `Arc<dyn Verify>` is one too.
    pub fn new(secret: impl Verify + 'static) -> Self {
        Self {
            settings: Arc::new(Settings::new(secret, clock::now)),
            on_rejection: OnRejection::default(),
        }
    }

    /// Takes bodies of at most `bytes`; 1 MiB unless set. Larger ones are answered 413: unread if they
    /// declare their length, else as soon as that much has come.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        Arc::make_mut(&mut self.settings).set_body_limit(bytes);
        self
    }

    /// Gives a body at most `time` to arrive whole; 10 s unless set. Slower ones are answered 408.
    #[cfg(feature = "timeout")]
    #[must_use]
    pub fn body_timeout(mut self, time: std::time::Duration) -> Self {
        Arc::make_mut(&mut self.settings).set_body_timeout(time);
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
        Arc::make_mut(&mut self.settings).set_max_buffered(bytes);
        self
    }

    /// Asks `clock` for the time, for tests. The default is the system's clock, but never runs backwards:
    /// setting the system's clock back does not make old timestamps fresh again. After the system's clock
    /// was ahead and was corrected, restart the process.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.settings).set_clock(clock);
        self
    }

    /// Answers rejected requests with what `respond` makes, for senders that expect something else.
    #[must_use]
    pub fn on_rejection(
        mut self,
        respond: impl Fn(&Rejection) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.on_rejection = OnRejection::new(respond);
        self
    }
}

impl<S> Layer<S> for VerifyWebhook {
    type Service = VerifyService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyService::new(inner, self.clone())
    }
}
