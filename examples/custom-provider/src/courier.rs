//! Courier signs `{timestamp}{body}` with an Ed25519 key, and shows its public key in hexadecimal.
//!
//! Its deliveries travel through a queue: the receiver writes a record, and a worker reads the event from it.

use std::error::Error;

use serde::Deserialize;
use serde_json::Value;
use webhook_tower::custom::{
    Algorithm, Key, KeyFormat, Part, Scheme, SchemeProvider, SignsTime, TypedEvent,
};
use webhook_tower::{CloudEvent, Delivery, Payload, UnixTime};

/// Courier, as a type.
pub enum Courier {}

impl SchemeProvider for Courier {
    const SCHEME: Scheme = Scheme::new("courier", "courier-signature")
        .algorithm(Algorithm::Ed25519)
        .key(KeyFormat::Hex)
        .timestamp("courier-timestamp")
        .signs(&[Part::Timestamp, Part::Body]);
}

impl SignsTime for Courier {}

pub type PublicKey = Key<Courier>;

/// A parcel that has moved.
#[derive(Debug, PartialEq, Deserialize)]
pub struct Event {
    pub parcel: String,
    pub status: String,
}

impl TypedEvent for Event {
    type Provider = Courier;

    fn from_json(json: Value, _: &Delivery) -> Option<Self> {
        Self::deserialize(json).ok()
    }
}

/// The receiver's half: a message for the queue.
pub fn to_message(delivery: &Delivery, event: &Event, received: UnixTime) -> String {
    CloudEvent::new(delivery, "/courier", &event.status, received).to_json()
}

/// The worker's half. Whoever can write to the queue can make such a message.
pub fn from_message(message: &str) -> Result<(Delivery, Event), Box<dyn Error>> {
    let record = CloudEvent::from_json(message.as_bytes())?;
    let delivery = record.delivery_trusting_queue::<Courier>()?;
    let event = Event::from_delivery(&delivery)?;
    Ok((delivery, event))
}
