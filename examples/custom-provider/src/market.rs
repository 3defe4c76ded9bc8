//! Market signs the URL that it sends to, and the body: base64 in `Market-Signature`.
//!
//! A service does not see that URL as it was signed: proxies and routers change it. So it is part of the
//! configuration, and the key cannot be made without it.

use serde::Deserialize;
use serde_json::Value;
use webhook_tower::Delivery;
use webhook_tower::custom::{Encoding, Key, Part, Scheme, SchemeProvider, SignsUrl, TypedEvent};

/// Market, as a type.
pub enum Market {}

impl SchemeProvider for Market {
    const SCHEME: Scheme = Scheme::new("market", "market-signature")
        .encoding(Encoding::Base64)
        .signs(&[Part::Url, Part::Body])
        .body_id("event_id");
}

/// Gives the secret `for_url`, and takes `new` away.
impl SignsUrl for Market {}

pub type Secret = Key<Market>;

/// A payment that was made or refunded.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Event {
    pub event_id: String,
    pub payment: String,
}

impl TypedEvent for Event {
    type Provider = Market;

    fn from_json(json: Value, _: &Delivery) -> Option<Self> {
        Self::deserialize(json).ok()
    }
}
