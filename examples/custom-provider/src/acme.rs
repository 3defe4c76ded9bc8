//! Acme signs `{timestamp}:{body}` and sends `Acme-Signature: ts=<milliseconds>;h1=<base64>`.
//!
//! A scheme as data. The secret, rotation, `from_env` and the tolerance come with it.

use serde::Deserialize;
use serde_json::Value;
use webhook_tower::Delivery;
use webhook_tower::custom::{
    Encoding, Key, Part, Scheme, SchemeProvider, SignsTime, TimestampUnit, TypedEvent,
};

/// Acme, as a type.
pub enum Acme {}

impl SchemeProvider for Acme {
    const SCHEME: Scheme = Scheme::new("acme", "acme-signature")
        .fields(';', '=', "h1")
        .encoding(Encoding::Base64)
        .timestamp_field("ts")
        .unit(TimestampUnit::Milliseconds)
        .tolerance_secs(60)
        .signs(&[Part::Timestamp, Part::Literal(":"), Part::Body]);
}

/// Gives the secret `with_tolerance`.
impl SignsTime for Acme {}

pub type Secret = Key<Acme>;

/// What Acme sends. `Verified<Event>` refuses other providers' deliveries, which `Verified<Json<Event>>` does
/// not.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Event {
    pub event: String,
    pub order: Option<String>,
}

impl TypedEvent for Event {
    type Provider = Acme;

    fn from_json(json: Value, _: &Delivery) -> Option<Self> {
        Self::deserialize(json).ok()
    }
}
