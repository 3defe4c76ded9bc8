//! Acme: base64 HMAC-SHA256 of `{timestamp}:{body}` in `Acme-Signature: ts=<milliseconds>;h1=<base64>`.
//!
//! This is all that it takes when a scheme can be said as data.

use serde::Deserialize;
use webhook_tower::{
    Delivery, Encoding, Json, Part, Payload, Provider, Rejection, RejectionKind, Scheme, SignsTime,
    TimestampUnit,
};

/// Stands for Acme in types.
pub enum Acme {}

impl Provider for Acme {
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

pub type Secret = webhook_tower::Secret<Acme>;

/// What Acme sends. A handler could take `Json<Event>` just as well; an event that is a `Payload` itself
/// also refuses to be read from another provider's delivery.
#[derive(Debug, Deserialize)]
pub struct Event {
    pub event: String,
    pub order: Option<String>,
}

impl Payload for Event {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        if delivery.provider() != Acme::SCHEME.name() {
            return Err(RejectionKind::NotConfigured.into());
        }
        let Json(event) = Json::from_delivery(delivery)?;
        Ok(event)
    }
}
