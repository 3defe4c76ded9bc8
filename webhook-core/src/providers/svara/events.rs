use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Svara;
use crate::delivery::Delivery;
use crate::event::{TypedEvent, lenient, member};

/// An event about a voice note.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's name, such as `voice_note.sent`.
    pub name: String,
    /// When it happened.
    pub timestamp: Option<Timestamp>,
    /// What happened.
    pub data: Data,
    /// The whole body.
    pub json: Value,
}

/// What happened to a voice note.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `voice_note.sent`: delivered to the platform.
    VoiceNoteSent(VoiceNoteSent),
    /// `voice_note.delivered`: received or opened, on platforms that tell.
    VoiceNoteDelivered(VoiceNoteDelivered),
    /// `voice_note.failed`: given up after all retries.
    VoiceNoteFailed(VoiceNoteFailed),
    /// A name or a shape that the documentation does not show: see [`Event::json`].
    Other,
}

/// A voice note that reached the platform.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct VoiceNoteSent {
    /// The voice note's id; its other events carry it too.
    pub id: String,
    /// Such as `telegram`.
    pub platform: String,
    /// Whom it is for, in the platform's terms.
    pub recipient: String,
    /// `sent`.
    pub status: String,
    /// When it was handed to Svara.
    pub created_at: Timestamp,
    /// When the platform had it.
    pub delivered_at: Timestamp,
    /// Shown as null.
    #[serde(default, deserialize_with = "lenient")]
    pub error: Option<Failure>,
}

/// A voice note that was received or opened. The documentation shows no payload for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct VoiceNoteDelivered {
    /// The voice note's id; its other events carry it too.
    #[serde(default, deserialize_with = "lenient")]
    pub id: Option<String>,
    /// Such as `telegram`.
    #[serde(default, deserialize_with = "lenient")]
    pub platform: Option<String>,
    /// Whom it is for, in the platform's terms.
    #[serde(default, deserialize_with = "lenient")]
    pub recipient: Option<String>,
    /// Its status.
    #[serde(default, deserialize_with = "lenient")]
    pub status: Option<String>,
    /// When it was handed to Svara.
    #[serde(default, deserialize_with = "lenient")]
    pub created_at: Option<Timestamp>,
    /// When it was received.
    #[serde(default, deserialize_with = "lenient")]
    pub delivered_at: Option<Timestamp>,
}

/// A voice note that could not be delivered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct VoiceNoteFailed {
    /// The voice note's id; its other events carry it too.
    pub id: String,
    /// Such as `linkedin`.
    pub platform: String,
    /// Whom it is for, in the platform's terms.
    pub recipient: String,
    /// `failed`.
    pub status: String,
    /// When it was handed to Svara.
    pub created_at: Timestamp,
    /// Shown as null.
    #[serde(default, deserialize_with = "lenient")]
    pub delivered_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Failure,
}

/// Why a voice note failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// For programs, such as `session_expired`.
    pub code: String,
    /// For people.
    pub message: String,
}

impl TypedEvent for Event {
    type Provider = Svara;

    fn from_json(json: Value, _: &Delivery) -> Option<Self> {
        let name: String = member(&json, "event")?;
        let data = match &*name {
            "voice_note.sent" => member(&json, "data").map(Data::VoiceNoteSent),
            "voice_note.delivered" => member(&json, "data").map(Data::VoiceNoteDelivered),
            "voice_note.failed" => member(&json, "data").map(Data::VoiceNoteFailed),
            _ => None,
        };
        let data = data.unwrap_or(Data::Other);
        Some(Self { name, timestamp: member(&json, "timestamp"), data, json })
    }
}

#[cfg(test)]
mod tests;
