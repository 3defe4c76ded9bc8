//! Your work goes here: what is done about each event.
//!
//! A function returns `Ok` once the event is dealt with or safely stored, and not before: the sender then
//! forgets it. After an `Err`, or when its time is up, the sender is answered 503 and sends it again. A
//! future is dropped where it stands when its time is up or the sender hangs up, and a sender that missed
//! the answer sends again, so the same event done twice must do no harm.

use tracing::{info, warn};
use webhook_tower::providers::{samva, svara, voisnap, voxpria};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

pub async fn svara(event: &svara::Event) -> Result<(), Error> {
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
    // The name is not signed: good for routing and logs, not for decisions. The body is.
    if event.unsigned_name.as_deref() == Some("message.failed") {
        warn!("message failed");
    }
    Ok(())
}

pub async fn voisnap(event: &voisnap::Event) -> Result<(), Error> {
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
    if let voxpria::Data::CallCompleted(call) = &event.data {
        info!(call = call.call_id, duration = call.duration, "call completed");
    }
    Ok(())
}
