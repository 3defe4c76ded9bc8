use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::VoxPria;
use crate::delivery::Delivery;
use crate::event::{TypedEvent, member};

/// An event about a call or a campaign.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's name, such as `call.completed`.
    pub name: String,
    /// When it happened.
    pub timestamp: Option<Timestamp>,
    /// What happened.
    pub data: Data,
    /// The whole body.
    pub json: Value,
}

/// What happened to a call or a campaign. The documentation shows the payload of one of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `call.started`.
    #[non_exhaustive]
    CallStarted {},
    /// `call.completed`.
    CallCompleted(CallCompleted),
    /// `call.failed`.
    #[non_exhaustive]
    CallFailed {},
    /// `campaign.started`.
    #[non_exhaustive]
    CampaignStarted {},
    /// `campaign.finished`.
    #[non_exhaustive]
    CampaignFinished {},
    /// `campaign.paused`.
    #[non_exhaustive]
    CampaignPaused {},
    /// A name or a shape that the documentation does not show: see [`Event::json`].
    Other,
}

/// A call that was completed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallCompleted {
    /// The call's id; its other events carry it too.
    pub call_id: String,
    /// `completed`.
    pub status: String,
    /// How long it took; shown as 127, presumably seconds.
    pub duration: f64,
    /// Whom it went to.
    pub to_number: String,
    /// Where the recording is.
    pub recording: String,
    /// What was said.
    pub transcript: String,
}

impl TypedEvent for Event {
    type Provider = VoxPria;

    fn from_json(json: Value, _: &Delivery) -> Option<Self> {
        let name: String = member(&json, "event")?;
        let data = match &*name {
            "call.started" => Some(Data::CallStarted {}),
            "call.completed" => member(&json, "data").map(Data::CallCompleted),
            "call.failed" => Some(Data::CallFailed {}),
            "campaign.started" => Some(Data::CampaignStarted {}),
            "campaign.finished" => Some(Data::CampaignFinished {}),
            "campaign.paused" => Some(Data::CampaignPaused {}),
            _ => None,
        };
        let data = data.unwrap_or(Data::Other);
        Some(Self { name, timestamp: member(&json, "timestamp"), data, json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::test::event;

    #[test]
    fn the_documents_payload_is_typed() {
        let event: Event =
            event::<VoxPria, _>(include_str!("../testdata/voxpria-call.completed.json"), &[])
                .unwrap();
        assert_eq!(event.timestamp, Some("2025-02-09T12:00:00Z".parse().unwrap()));
        let Data::CallCompleted(call) = &event.data else { panic!("{event:?}") };
        assert_eq!((&*call.call_id, &*call.to_number), ("call_xyz789", "+14155551234"));
        assert!((call.duration - 127.0).abs() < f64::EPSILON);
    }

    #[test]
    fn names_without_a_documented_payload_are_known() {
        for (name, data) in [
            ("call.started", Data::CallStarted {}),
            ("call.failed", Data::CallFailed {}),
            ("campaign.started", Data::CampaignStarted {}),
            ("campaign.finished", Data::CampaignFinished {}),
            ("campaign.paused", Data::CampaignPaused {}),
            ("campaign.resumed", Data::Other),
        ] {
            let body = format!(r#"{{"event":"{name}","data":[]}}"#);
            assert_eq!(event::<VoxPria, Event>(&body, &[]).unwrap().data, data, "{name}");
        }
    }
}
