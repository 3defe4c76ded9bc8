//! Shared code of the providers' typed events.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

use crate::delivery::Delivery;
use crate::payload::{Json, Payload};
use crate::provider::Provider;
use crate::rejection::{Rejection, RejectionKind};
use crate::timestamp::UnixTime;

/// The event type of one provider. Deliveries of other providers are refused.
///
/// Do not refuse an authentic event because of its shape, since the sender would retry it forever. Require
/// only the event's name, and keep unknown or unexpected data readable as JSON.
pub trait TypedEvent: Sized {
    /// The provider that sends these events.
    type Provider: Provider;

    /// Reads an event. Returns `None` if it does not contain the event's name.
    fn from_json(json: Value, delivery: &Delivery) -> Option<Self>;
}

// Users who forget `Json<_>` around their own type get a hint about that instead of this trait's name.
#[diagnostic::do_not_recommend]
impl<E: TypedEvent> Payload for E {
    fn from_delivery(delivery: &Delivery) -> Result<Self, Rejection> {
        delivery.require_provider::<E::Provider>()?;
        let Json(json) = Json::from_delivery(delivery)?;
        E::from_json(json, delivery).ok_or_else(|| {
            Rejection::new(RejectionKind::NotUnderstood)
                .caused_by("the body does not name the event")
        })
    }
}

/// Reads a member of an object as `T`. Returns `None` if it is missing or has another type.
pub(crate) fn member<T: DeserializeOwned>(json: &Value, name: &str) -> Option<T> {
    T::deserialize(json.get(name)?).ok()
}

/// Reads the RFC 3339 time in the `timestamp` member of a signed body.
pub(crate) fn timestamp(delivery: &Delivery) -> Option<UnixTime> {
    let Json(json): Json<Value> = Json::from_delivery(delivery).ok()?;
    let time: jiff::Timestamp = member(&json, "timestamp")?;
    u64::try_from(time.as_millisecond()).ok().map(UnixTime::from_millis)
}

/// For fields whose type is not documented: reads a value of an unexpected type as `None`, so that the other
/// fields stay readable.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}
