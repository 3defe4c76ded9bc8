//! Your work goes here: what is done about each event.
//!
//! Here each event is logged, then handed on to `WORK_URL`, if that is set, as the CloudEvent that it was
//! stored as. Return `Ok` once the event is dealt with, and not before. After an `Err` it is tried again, later
//! and later, and given up at the end. A worker can die between the work and the record of it, so the same
//! event done twice must do no harm.

use std::env;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tracing::{info, warn};
use webhook_tower::custom::TypedEvent;
use webhook_tower::providers::{samva, svara, voisnap, voxpria};
use webhook_tower::{CloudEvent, Payload};

use crate::stdout::{self, word};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// How long the service at `WORK_URL` may take.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
pub struct Work {
    client: Client,
    url: Option<Url>,
}

impl Work {
    pub fn from_env() -> Result<Self, String> {
        let url = env::var_os("WORK_URL").map(|url| url.to_string_lossy().parse());
        // Not the URL itself: it may hold a password.
        let url = url.transpose().map_err(|error| format!("WORK_URL cannot be used: {error}"))?;
        let client = Client::builder().timeout(LIMIT).build();
        let client = client.map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { client, url })
    }

    /// Does what is to be done about a delivery, which is stored as this record.
    pub async fn handle(&self, record: String) -> Result<(), Error> {
        let event = CloudEvent::from_json(record.as_bytes())?;
        let id = match event.provider() {
            "svara" => read(&event, svara)?,
            "samva" => read(&event, samva)?,
            "voisnap" => read(&event, voisnap)?,
            "voxpria" => read(&event, voxpria)?,
            other => return Err(format!("{}: not a provider that is known", word(other)).into()),
        };
        self.hand_on(record).await?;
        let (provider, name) = event.event_type().split_once('.').unwrap_or_default();
        let (name, id) = (word(name), word(&id.unwrap_or_default()));
        stdout::line(format_args!("handled {provider} {name} {id}"));
        Ok(())
    }

    async fn hand_on(&self, record: String) -> Result<(), Error> {
        let Some(url) = &self.url else { return Ok(()) };
        let request = self.client.post(url.clone());
        let request = request.header(CONTENT_TYPE, "application/cloudevents+json").body(record);
        let answer = request.send().await.map_err(reqwest::Error::without_url)?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(format!("WORK_URL answered {}", answer.status()).into())
        }
    }
}

/// Reads the record as the event that this function is about, and calls it. Returns the delivery's id.
fn read<E: TypedEvent>(record: &CloudEvent, work: fn(&E)) -> Result<Option<String>, Error> {
    let delivery = record.delivery_trusting_queue::<E::Provider>()?;
    work(&E::from_delivery(&delivery)?);
    Ok(delivery.id().map(str::to_owned))
}

fn svara(event: &svara::Event) {
    match &event.data {
        svara::Data::VoiceNoteFailed(note) => {
            warn!(id = note.id, code = note.error.code, "voice note failed");
        }
        // Authentic, but nothing that is documented.
        svara::Data::Other => info!(name = event.name, "unknown event"),
        _ => {}
    }
}

fn samva(event: &samva::Event) {
    // The name is not signed: good for routing and logs, not for decisions. The body is.
    if event.unsigned_name.as_deref() == Some("message.failed") {
        warn!("message failed");
    }
}

fn voisnap(event: &voisnap::Event) {
    match &event.data {
        voisnap::Data::SessionEnded(session) => {
            info!(
                conversation = session.conversation_id,
                seconds = session.duration_seconds,
                "session ended"
            );
        }
        voisnap::Data::Error(error) if error.recoverable != Some(true) => {
            warn!(conversation = error.conversation_id, "agent failed");
        }
        _ => {}
    }
}

fn voxpria(event: &voxpria::Event) {
    if let voxpria::Data::CallCompleted(call) = &event.data {
        info!(call = call.call_id, duration = call.duration, "call completed");
    }
}
