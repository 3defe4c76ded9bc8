//! Your work goes here: what is done about each event.
//!
//! A function returns `Ok` once the event is dealt with, and not before: the message is then deleted. After an
//! `Err`, a panic, or when its time (`HANDLER_SECONDS`) is up, the message comes again, and after as many times as
//! the queue's redrive policy says it goes to the dead-letter queue. Until then, what follows in its group
//! waits. What has succeeded is not done again when it comes again. Yet a process can die between the work and
//! the record of it, so the same event done twice must do no harm.
//!
//! It must not block its thread (`tokio::task::spawn_blocking` is for that): its message is kept hidden from the
//! other workers in the pauses.

use std::env;
use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};
use webhook_tower::providers::voisnap;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

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
        // Authentic, but nothing that is documented. As an error it would end in the dead-letter queue.
        voisnap::Data::Other => info!(name = event.name, "unknown event"),
        _ => {}
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
