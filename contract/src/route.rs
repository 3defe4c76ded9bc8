use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use webhook_core::providers::{samva, voisnap};
use webhook_core::{Bytes, Delivery, Json, Lookup, Payload, Rejection, Verify};
use webhook_idempotency::Claims;

use crate::adapter::Adapter;
use crate::site::Site;

/// A route of a receiver: what stands around its handler, and what that does.
#[derive(Debug, Clone)]
pub struct Route {
    /// Where it is.
    pub path: String,
    /// From the outside in.
    pub layers: Vec<Layer>,
    /// Whether what verifies requests also sees those that are no POST: handshakes.
    pub every_method: bool,
    handler: Handler,
}

/// Something around a handler.
#[derive(Debug, Clone)]
pub enum Layer {
    /// A `VerifyWebhook`.
    Verify(Webhook),
    /// A `Deduplicate`.
    Once(Claims),
    /// A middleware that replaces the body with `swapped`.
    Swap,
}

/// How requests are verified, at the time [`NOW`](crate::NOW).
#[derive(Debug, Clone)]
pub struct Webhook {
    /// What verifies them.
    pub by: By,
    /// The largest body.
    pub body_limit: usize,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// How much all bodies may hold.
    pub max_buffered: Option<usize>,
}

impl Webhook {
    /// Verifies as adapters do by default.
    pub fn new(verify: impl Verify + 'static) -> Self {
        Self::by(By::Verifier(Arc::new(verify)))
    }

    fn by(by: By) -> Self {
        let body_timeout = Duration::from_secs(10);
        Self { by, body_limit: 1024 * 1024, body_timeout, max_buffered: None }
    }
}

impl Webhook {
    /// Looks up by its path which endpoint a request was sent to.
    pub(crate) fn looking_up(look_up: impl Fn(&str) -> Lookup + Send + Sync + 'static) -> Self {
        Self::by(By::Lookup(Arc::new(look_up)))
    }
}

/// What verifies the requests of a route.
#[derive(Clone)]
pub enum By {
    /// One verifier.
    Verifier(Arc<dyn Verify>),
    /// The verifier of the endpoint that is looked up by the request's path.
    Lookup(Arc<dyn Fn(&str) -> Lookup + Send + Sync>),
}

impl fmt::Debug for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verifier(verify) => f.write_str(verify.provider()),
            Self::Lookup(_) => f.write_str("Lookup"),
        }
    }
}

/// What a handler does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    Bytes,
    Endpoint,
    Text,
    Json,
    Order,
    Event,
    SamvasEvent,
    Catches,
    Refuses,
}

impl Route {
    pub(crate) fn new(path: &str, handler: Handler) -> Self {
        Self { path: path.to_owned(), layers: Vec::new(), every_method: false, handler }
    }

    pub(crate) fn verified(self, webhook: &Webhook) -> Self {
        self.layer(Layer::Verify(webhook.clone()))
    }

    pub(crate) fn once(self, claims: &Claims) -> Self {
        self.layer(Layer::Once(claims.clone()))
    }

    pub(crate) const fn every_method(mut self, every_method: bool) -> Self {
        self.every_method = every_method;
        self
    }

    /// Inside the layers that are there.
    pub(crate) fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Its handler.
    pub fn handler<A: Adapter>(&self, site: &Arc<Site>) -> A::Handler {
        match self.handler {
            Handler::Bytes => A::read::<Bytes>(site),
            Handler::Endpoint => A::read::<Endpoint>(site),
            Handler::Text => A::read::<String>(site),
            Handler::Json => A::read::<Json<Value>>(site),
            Handler::Order => A::read::<Json<Order>>(site),
            Handler::Event => A::read::<voisnap::Event>(site),
            Handler::SamvasEvent => A::read::<samva::Event>(site),
            Handler::Catches => A::catch(site),
            Handler::Refuses => A::refuse(site),
        }
    }
}

/// A type of the user's.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Order {
    /// A field that bodies may lack or fill with something else.
    pub size: u32,
}

/// What handlers read, and answer with.
pub trait Shown: Payload + Send + 'static {
    /// The answer that tells what was read.
    fn show(self, delivery: &Delivery) -> Bytes;
}

/// The endpoint that a delivery was sent to.
struct Endpoint;

impl Payload for Endpoint {
    fn from_delivery(_: &Delivery) -> Result<Self, Rejection> {
        Ok(Self)
    }
}

impl Shown for Endpoint {
    fn show(self, delivery: &Delivery) -> Bytes {
        format!("handled at {}", delivery.endpoint().unwrap_or("-")).into()
    }
}

impl Shown for Bytes {
    fn show(self, _: &Delivery) -> Bytes {
        self
    }
}

impl Shown for String {
    fn show(self, _: &Delivery) -> Bytes {
        self.into()
    }
}

impl Shown for Json<Value> {
    fn show(self, _: &Delivery) -> Bytes {
        self.0.to_string().into()
    }
}

impl Shown for Json<Order> {
    fn show(self, _: &Delivery) -> Bytes {
        self.0.size.to_string().into()
    }
}

impl Shown for voisnap::Event {
    fn show(self, delivery: &Delivery) -> Bytes {
        format!("{} {}", self.name, delivery.id().unwrap_or("-")).into()
    }
}

impl Shown for samva::Event {
    fn show(self, _: &Delivery) -> Bytes {
        self.json.to_string().into()
    }
}
