//! What the four providers send, as their documentation says.

use std::error::Error;

use webhook_tower::UnixTime;
use webhook_tower::custom::{Key, SchemeProvider};
use webhook_tower::providers::samva::Samva;
use webhook_tower::providers::svara::Svara;
use webhook_tower::providers::voisnap::Voisnap;
use webhook_tower::providers::voxpria::VoxPria;

pub type Headers = Vec<(&'static str, String)>;

/// Signs a body with a secret, at a time, under a delivery id.
type Sign = fn(&str, &[u8], UnixTime, &str) -> Result<Headers, Box<dyn Error>>;

/// A provider, seen from the side that sends.
pub struct Provider {
    pub name: &'static str,
    /// The environment variable of its secret.
    pub variable: &'static str,
    /// What its secrets begin with.
    pub secret_prefix: &'static str,
    /// The header of the signature, and what stands before the hex.
    pub signature: &'static str,
    pub prefix: &'static str,
    /// The header of the signed time, where there is one.
    pub timestamp: Option<&'static str>,
    /// The header of the delivery's id, where there is one.
    pub delivery_id: Option<&'static str>,
    /// Headers that describe the event of that name, unsigned.
    pub unsigned: fn(&str) -> Headers,
    pub sign: Sign,
    pub events: &'static [Event],
}

/// A documented event. The body is the documentation's where it shows one, else a plausible one.
pub struct Event {
    pub name: &'static str,
    pub body: &'static str,
}

pub static PROVIDERS: [Provider; 4] = [
    Provider {
        name: "svara",
        variable: "SVARA_WEBHOOK_SECRET",
        secret_prefix: "",
        signature: "X-Svara-Signature",
        prefix: "",
        timestamp: None,
        delivery_id: None,
        unsigned: |_| Vec::new(),
        sign: sign::<Svara>,
        events: &[
            Event {
                name: "voice_note.sent",
                body: r#"{
  "event": "voice_note.sent",
  "timestamp": "2026-03-14T12:00:02Z",
  "data": {
    "id": "msg_a1b2c3d4e5f6",
    "platform": "telegram",
    "recipient": "123456789",
    "status": "sent",
    "created_at": "2026-03-14T12:00:00Z",
    "delivered_at": "2026-03-14T12:00:02Z",
    "error": null
  }
}"#,
            },
            Event {
                name: "voice_note.delivered",
                body: r#"{"event":"voice_note.delivered","data":{"id":"msg_a1b2c3d4e5f6"}}"#,
            },
            Event {
                name: "voice_note.failed",
                body: r#"{
  "event": "voice_note.failed",
  "timestamp": "2026-03-14T12:01:30Z",
  "data": {
    "id": "msg_x9y8z7w6v5u4",
    "platform": "linkedin",
    "recipient": "john-doe-12345",
    "status": "failed",
    "created_at": "2026-03-14T12:00:00Z",
    "delivered_at": null,
    "error": {
      "code": "session_expired",
      "message": "The LinkedIn session cookie has expired."
    }
  }
}"#,
            },
        ],
    },
    Provider {
        name: "samva",
        variable: "SAMVA_WEBHOOK_SECRET",
        secret_prefix: "",
        signature: "X-Webhook-Signature",
        prefix: "sha256=",
        timestamp: None,
        delivery_id: None,
        unsigned: |event| {
            vec![("X-Webhook-Event", event.to_owned()), ("X-Webhook-Id", "wh_orders".to_owned())]
        },
        sign: sign::<Samva>,
        events: &[
            Event {
                name: "message.delivered",
                body: r#"{"id":"msg_1001","to":"ada@example.com"}"#,
            },
            Event {
                name: "message.failed",
                body: r#"{"id":"msg_1002","to":"ada@example.con","reason":"no such domain"}"#,
            },
        ],
    },
    Provider {
        name: "voisnap",
        variable: "VOISNAP_WEBHOOK_SECRET",
        secret_prefix: "whsec_",
        signature: "X-Webhook-Signature",
        prefix: "sha256=",
        timestamp: Some("X-Webhook-Timestamp"),
        delivery_id: Some("X-Webhook-Delivery-Id"),
        unsigned: |_| Vec::new(),
        sign: sign::<Voisnap>,
        events: &[
            Event {
                name: "SessionStarted",
                body: r#"{"type":"SessionStarted","data":{"conversationId":"conv_7"}}"#,
            },
            Event {
                name: "SessionEnded",
                body: r#"{
  "type": "SessionEnded",
  "agentId": "agent_1",
  "data": {"conversationId": "conv_7", "durationSeconds": 61, "cost": 0.1, "endReason": "hangup"}
}"#,
            },
            Event {
                name: "AnalysisCompleted",
                body: r#"{
  "type": "AnalysisCompleted",
  "agentId": "agent_1",
  "data": {
    "conversationId": "conv_7",
    "sentiment": "positive",
    "sentimentScore": 0.8,
    "intent": "change_address",
    "summary": "Zoë has moved to Malmö.",
    "customFields": {"resolution_status": "solved"}
  }
}"#,
            },
            Event {
                name: "TransferInitiated",
                body: r#"{"type":"TransferInitiated","data":{"conversationId":"conv_8"}}"#,
            },
            Event {
                name: "Error",
                body: r#"{
  "type": "Error",
  "data": {"errorCode": "stt_timeout", "errorMessage": "No audio for 30 s.", "recoverable": true}
}"#,
            },
        ],
    },
    Provider {
        name: "voxpria",
        variable: "VOXPRIA_WEBHOOK_SECRET",
        secret_prefix: "whsec_",
        signature: "X-Voxpria-Signature",
        prefix: "sha256=",
        timestamp: None,
        delivery_id: None,
        unsigned: |_| Vec::new(),
        sign: sign::<VoxPria>,
        events: &[
            Event {
                name: "call.started",
                body: r#"{"event":"call.started","data":{"callId":"call_xyz789"}}"#,
            },
            Event {
                name: "call.completed",
                body: r#"{
  "event": "call.completed",
  "timestamp": "2025-02-09T12:00:00Z",
  "data": {
    "callId": "call_xyz789",
    "status": "completed",
    "duration": 127,
    "toNumber": "+14155551234",
    "recording": "https://...",
    "transcript": "..."
  }
}"#,
            },
            Event {
                name: "call.failed",
                body: r#"{"event":"call.failed","data":{"callId":"call_xyz790"}}"#,
            },
            Event {
                name: "campaign.started",
                body: r#"{"event":"campaign.started","data":{"campaignId":"camp_1"}}"#,
            },
            Event {
                name: "campaign.finished",
                body: r#"{"event":"campaign.finished","data":{"campaignId":"camp_1"}}"#,
            },
            Event {
                name: "campaign.paused",
                body: r#"{"event":"campaign.paused","data":{"campaignId":"camp_2"}}"#,
            },
        ],
    },
];

fn sign<P: SchemeProvider>(
    secret: &str,
    body: &[u8],
    now: UnixTime,
    id: &str,
) -> Result<Headers, Box<dyn Error>> {
    Ok(Key::<P>::new(secret)?.sign(body, now, Some(id))?)
}
