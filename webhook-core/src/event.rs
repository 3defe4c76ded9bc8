//! What the providers' typed events share.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

use crate::delivery::Delivery;
use crate::payload::{Json, Payload};
use crate::provider::Provider;
use crate::rejection::{Rejection, RejectionKind};
use crate::timestamp::UnixTime;

/// The event type of one provider. It reads that provider's deliveries and refuses all others.
///
/// An authentic event should not be refused for its shape: the sender would send it again and again.
/// So only what names the event is required; what is unknown or unexpected stays readable as JSON.
pub trait TypedEvent: Sized {
    /// Whose event this is.
    type Provider: Provider;

    /// Reads an event; `None` if it does not even say which it is.
    fn from_json(json: Value, delivery: &Delivery) -> Option<Self>;
}

// Whoever forgot `Json<_>` around a type of their own is told so, instead of this trait's name.
#[diagnostic::do_not_recommend]
impl<E: TypedEvent> Payload for E {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        delivery.require_provider::<E::Provider>()?;
        let Json(json) = Json::from_delivery(delivery)?;
        E::from_json(json, delivery).ok_or_else(|| RejectionKind::NotUnderstood.into())
    }
}

/// A member of an object, read as `T`; `None` if it is absent or of another shape.
pub(crate) fn member<T: DeserializeOwned>(json: &Value, name: &str) -> Option<T> {
    T::deserialize(json.get(name)?).ok()
}

/// The time in a signed body's `timestamp`, RFC 3339.
pub(crate) fn timestamp(delivery: &Delivery) -> Option<UnixTime> {
    let Json(json): Json<Value> = Json::from_delivery(delivery).ok()?;
    let time: jiff::Timestamp = member(&json, "timestamp")?;
    u64::try_from(time.as_millisecond()).ok().map(UnixTime::from_millis)
}

/// For fields whose type no document shows: another type than expected is none, and costs the other
/// fields nothing.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}
