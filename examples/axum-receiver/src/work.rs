//! Your work goes here: what is done about each event.
//!
//! A function returns `Ok` once the event is dealt with or safely stored, and not before: the sender then
//! forgets it. After an `Err`, or when its time is up, the sender is answered 503 and sends it again. It
//! runs to its end also when the sender hangs up, but is dropped where it stands when its time is up. What
//! has succeeded is not done again when it is sent again. Yet a process can die between the work and the
//! record of it, so the same event done twice must do no harm.

use std::env;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};
use webhook_tower::providers::{samva, svara, voisnap, voxpria};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

pub async fn svara(event: &svara::Event) -> Result<(), Error> {
    take_time().await;
    match &event.data {
        svara::Data::VoiceNoteFailed(note) => {
            warn!(id = note.id, code = note.error.code, "voice note failed");
        }
        // Authentic, but nothing that is documented. Refused, it would come again and again.
        svara::Data::Other => info!(name = event.name, "unknown event"),
        _ => {}
    }
    Ok(())
}

pub async fn samva(event: &samva::Event) -> Result<(), Error> {
    take_time().await;
    // The name is not signed: good for routing and logs, not for decisions. The body is.
    if event.unsigned_name.as_deref() == Some("message.failed") {
        warn!("message failed");
    }
    Ok(())
}

pub async fn voisnap(event: &voisnap::Event) -> Result<(), Error> {
    take_time().await;
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
    Ok(())
}

pub async fn voxpria(event: &voxpria::Event) -> Result<(), Error> {
    take_time().await;
    if let voxpria::Data::CallCompleted(call) = &event.data {
        info!(call = call.call_id, duration = call.duration, "call completed");
    }
    Ok(())
}

/// For trying things out, until there is work that takes time by itself: waits for `WORK_MILLIS`.
async fn take_time() {
    let millis = env::var("WORK_MILLIS").ok().and_then(|millis| millis.parse().ok());
    if let Some(millis) = millis {
        info!(millis, "working");
        sleep(Duration::from_millis(millis)).await;
    }
}
