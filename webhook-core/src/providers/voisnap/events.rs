use serde::Deserialize;
use serde_json::Value;

use super::Voisnap;
use crate::delivery::Delivery;
use crate::event::{TypedEvent, lenient, member};

/// An event about a conversation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The event's type, such as `SessionEnded`.
    pub name: String,
    /// The agent that it concerns, where the event says so.
    pub agent_id: Option<String>,
    /// What happened.
    pub data: Data,
    /// The whole body.
    pub json: Value,
}

/// What happened in a conversation. The documentation shows no payloads, only what its handlers read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `SessionStarted`.
    #[non_exhaustive]
    SessionStarted {},
    /// `SessionEnded`.
    SessionEnded(SessionEnded),
    /// `AnalysisCompleted`.
    AnalysisCompleted(AnalysisCompleted),
    /// `TransferInitiated`.
    #[non_exhaustive]
    TransferInitiated {},
    /// `Error`: the agent failed.
    Error(AgentError),
    /// A name or a shape that the documentation does not show: see [`Event::json`].
    Other,
}

/// A conversation that has ended.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionEnded {
    /// The conversation's id; its other events carry it too.
    #[serde(default, deserialize_with = "lenient")]
    pub conversation_id: Option<String>,
    /// How long it took, in seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub duration_seconds: Option<f64>,
    /// What it cost; the documentation does not say in which form.
    #[serde(default, deserialize_with = "lenient")]
    pub cost: Option<Value>,
    /// Why it ended.
    #[serde(default, deserialize_with = "lenient")]
    pub end_reason: Option<String>,
}

/// A conversation that was analysed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AnalysisCompleted {
    /// The conversation's id; its other events carry it too.
    #[serde(default, deserialize_with = "lenient")]
    pub conversation_id: Option<String>,
    /// The mood, in a word.
    #[serde(default, deserialize_with = "lenient")]
    pub sentiment: Option<String>,
    /// The mood, as a number.
    #[serde(default, deserialize_with = "lenient")]
    pub sentiment_score: Option<f64>,
    /// What the caller wanted.
    #[serde(default, deserialize_with = "lenient")]
    pub intent: Option<String>,
    /// What was said, in short.
    #[serde(default, deserialize_with = "lenient")]
    pub summary: Option<String>,
    /// The account's own fields, such as `resolution_status`.
    #[serde(default, deserialize_with = "lenient")]
    pub custom_fields: Option<serde_json::Map<String, Value>>,
}

/// An agent that failed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AgentError {
    /// The conversation's id; its other events carry it too.
    #[serde(default, deserialize_with = "lenient")]
    pub conversation_id: Option<String>,
    /// For programs; the documentation does not say in which form.
    #[serde(default, deserialize_with = "lenient")]
    pub error_code: Option<Value>,
    /// For people.
    #[serde(default, deserialize_with = "lenient")]
    pub error_message: Option<String>,
    /// Whether the agent went on. Absent counts as no in the documentation.
    #[serde(default, deserialize_with = "lenient")]
    pub recoverable: Option<bool>,
}

impl TypedEvent for Event {
    type Provider = Voisnap;

    fn from_json(json: Value, _: &Delivery) -> Option<Self> {
        let name: String = member(&json, "type")?;
        let data = match &*name {
            "SessionStarted" => Some(Data::SessionStarted {}),
            "SessionEnded" => member(&json, "data").map(Data::SessionEnded),
            "AnalysisCompleted" => member(&json, "data").map(Data::AnalysisCompleted),
            "TransferInitiated" => Some(Data::TransferInitiated {}),
            "Error" => member(&json, "data").map(Data::Error),
            _ => None,
        };
        let data = data.unwrap_or(Data::Other);
        Some(Self { name, agent_id: member(&json, "agentId"), data, json })
    }
}

#[cfg(test)]
mod tests;
