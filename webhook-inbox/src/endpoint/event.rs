use serde::Deserialize;
use webhook_core::{Delivery, Json, Payload};

/// The members of a JSON body in which providers name the event.
#[derive(Deserialize)]
struct Named {
    #[serde(rename = "type")]
    of_type: Option<Text>,
    event: Option<Text>,
    event_type: Option<Text>,
    #[serde(rename = "eventType")]
    event_type_in_camel_case: Option<Text>,
}

/// A text, or anything else.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Other(serde::de::IgnoredAny),
}

impl Text {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }
}

/// The name of the event, if the delivery tells.
pub(super) fn name(delivery: &Delivery) -> Option<String> {
    let is_event = |name: &str| name.contains("event") || name.contains("topic");
    let hint = delivery.unsigned_hints().find(|(name, _)| is_event(name));
    if let Some((_, hint)) = hint {
        return Some(hint.to_owned());
    }
    let Json(named) = Json::<Named>::from_delivery(delivery).ok()?;
    [named.of_type, named.event, named.event_type, named.event_type_in_camel_case]
        .into_iter()
        .flatten()
        .find_map(Text::text)
        .filter(|name| !name.is_empty())
}
