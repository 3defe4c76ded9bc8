//! Records that this family's receivers put into queues and tables.

use webhook_core::{CloudEvent, UnixTime};

use super::Captured;
use super::read::Unreadable;

/// The record holds the body and the headers that its receiver kept.
pub(super) fn read(json: &[u8]) -> Result<Captured, Unreadable> {
    let event = CloudEvent::from_json(json)
        .map_err(|error| Unreadable::new(format_args!("no CloudEvent of a webhook: {error}")))?;
    let arrived = event.received().and_then(|time| u64::try_from(time.as_millisecond()).ok());
    let source = event.source();
    let headers = event.headers().into_iter();
    let doubt =
        "a CloudEvent holds only the headers that its receiver kept (`CloudEvent::with_headers`)";
    Ok(Captured {
        method: "POST".to_owned(),
        target: if source.starts_with('/') { source.to_owned() } else { "/".to_owned() },
        url: None,
        headers: headers.map(|(name, value)| (name, value.into_bytes())).collect(),
        body: event.body().clone(),
        arrived: arrived.map(UnixTime::from_millis),
        doubts: vec![doubt.to_owned()],
    })
}
